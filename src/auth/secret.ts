/** 256 random bits, which no one guesses: a plain SHA-256 of them is enough to store. */
export const SECRET_BYTES = 32;

/** Prefixes say what a secret is, to people and to scanners of leaked ones. */
const prefixes = { token: "nvc_", session: "nvs_", password: "nvp_" } as const;
export type SecretKind = keyof typeof prefixes;

const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** 62^43 is the first power of 62 above 2^256. */
const DIGITS = 43;

/** Its prefix, and the bytes as one number in base 62, so that a double click selects it whole. */
export const formatSecret = (kind: SecretKind, bytes: Uint8Array): string => prefixes[kind] + base62(bytes);

/** The kind of a secret by its form; `null` for what cannot be one, which then needs no look at the store. */
export function secretKind(text: string): SecretKind | null {
  const kind = (Object.keys(prefixes) as SecretKind[]).find((each) => text.startsWith(prefixes[each]));
  return kind !== undefined && /^[0-9A-Za-z]{43}$/.test(text.slice(prefixes[kind].length)) ? kind : null;
}

/** Any of them within a text; group 1 is what may stay of it. */
export const secretPattern = new RegExp(`()(?:${Object.values(prefixes).join("|")})[0-9A-Za-z]{${DIGITS}}`, "g");

function base62(bytes: Uint8Array): string {
  let rest = bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  let text = "";
  for (let i = 0; i < DIGITS; i++) {
    text = BASE62[Number(rest % 62n)] + text;
    rest /= 62n;
  }
  return text;
}
