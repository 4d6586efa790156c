// HTML Standard: in every runtime, though not in ECMAScript, whose types are all that this folder knows.
declare const atob: (text: string) => string;
declare const btoa: (binary: string) => string;

/** RFC 4648, section 4, with its padding. */
export function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** `null` for what is not base64 with its padding. */
export function fromBase64(text: string): Uint8Array | null {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null;
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
