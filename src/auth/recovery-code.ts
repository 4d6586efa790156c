/** Codes that somebody is given at a time; each works once in the place of a second factor. */
export const RECOVERY_CODES = 10;
/** 80 random bits, so that a plain SHA-256 is enough to store. */
export const RECOVERY_CODE_BYTES = 10;

/** Base32 after Crockford: nothing that looks like something else. */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

/** `k3q9-71xz-m0wd-4r8t`. */
export function formatRecoveryCode(bytes: Uint8Array): string {
  let rest = bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  let text = "";
  for (let i = 0; i < 16; i++) {
    text = ALPHABET[Number(rest & 31n)] + (i > 0 && i % 4 === 0 ? "-" : "") + text;
    rest >>= 5n;
  }
  return text;
}

/** The code in the form in which it was given, from how somebody has typed it; `null` for what cannot be one. */
export function parseRecoveryCode(text: string): string | null {
  const plain = text.toLowerCase().replace(/[\s-]/g, "").replaceAll("o", "0").replace(/[il]/g, "1");
  return /^[0-9a-hjkmnp-tv-z]{16}$/.test(plain) ? (plain.match(/.{4}/g)?.join("-") ?? null) : null;
}
