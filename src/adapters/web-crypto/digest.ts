const encoder = new TextEncoder();

/** SHA-256 of a text in UTF-8. */
export const sha256 = (text: string): Promise<ArrayBuffer> => crypto.subtle.digest("SHA-256", encoder.encode(text));

/** The same in hexadecimal digits. */
export async function sha256Hex(text: string): Promise<string> {
  return Array.from(new Uint8Array(await sha256(text)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
