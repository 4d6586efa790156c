/** A solution is a number in decimal digits, below 10^10: with it the text that is hashed is one block of SHA-256. */
export const SOLUTION = /^\d{1,10}$/;

/** What is hashed: the signature is known to nobody before the token is there, so that nothing can be prepared. */
export const proofText = (signature: string, solution: string): string => `${signature}.${solution}`;

/** Whether a hash begins with so many zero bits, at most 32. */
export function hasLeadingZeros(hash: Uint8Array, bits: number): boolean {
  const [a = 255, b = 255, c = 255, d = 255] = hash;
  return Math.clz32(((a << 24) | (b << 16) | (c << 8) | d) >>> 0) >= bits;
}
