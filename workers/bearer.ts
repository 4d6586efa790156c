/** Compares in constant time; both have the same length. */
export type SameBytes = (a: ArrayBuffer, b: ArrayBuffer) => boolean;

/** Whether an `Authorization` field bears the expected token (RFC 6750). */
export async function bears(authorization: string | null, expected: string, sameBytes: SameBytes): Promise<boolean> {
  const token = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
  if (token === undefined) return false;
  // Hashes have one length, so that the comparison tells nothing about the token's.
  return sameBytes(...(await Promise.all([sha256(token), sha256(expected)])));
}

const sha256 = (text: string) => crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
