import { fromBase64url, toBase64url } from "./base64url.ts";

/** The parameters of scrypt (RFC 7914, section 2). */
interface Cost {
  readonly costLog2: number;
  readonly blockSize: number;
  readonly parallelization: number;
  readonly keyBytes: number;
}

/** Makes a key of a password, at a price that makes guessing dear: `scrypt.ts`. */
export type Stretch = (password: string, salt: Uint8Array, cost: Cost) => Promise<Uint8Array<ArrayBuffer>>;

/**
 * What OWASP's Password Storage Cheat Sheet holds to be worth N = 2^17, p = 1, in a quarter of the memory: 32 MB, of the
 * 128 that an isolate has.
 */
const cost: Cost = { costLog2: 15, blockSize: 8, parallelization: 3, keyBytes: 32 };
const SALT_BYTES = 16;

interface Deps {
  readonly stretch: Stretch;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly sameBytes: (a: ArrayBuffer, b: ArrayBuffer) => boolean;
}

/** `scrypt$15$8$3$salt$key`, so that a later version can ask for more and still read this. */
export async function hashPassword(password: string, { stretch, randomBytes }: Deps): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const key = await stretch(canonical(password), salt, cost);
  return ["scrypt", cost.costLog2, cost.blockSize, cost.parallelization, toBase64url(salt), toBase64url(key)].join("$");
}

/** Stands in for the hash of somebody who is not there: trying takes as long, and comes to nothing. */
const nobodysHash = [
  "scrypt",
  cost.costLog2,
  cost.blockSize,
  cost.parallelization,
  "A".repeat(22),
  "A".repeat(43),
].join("$");

/** Against `null` it does the same work, and is false. */
export async function isPassword(
  password: string,
  hash: string | null,
  { stretch, sameBytes }: Deps,
): Promise<boolean> {
  const [, costLog2, blockSize, parallelization, salt = "", key = ""] = (hash ?? nobodysHash).split("$");
  const expected = fromBase64url(key);
  const given = await stretch(canonical(password), fromBase64url(salt), {
    costLog2: Number(costLog2),
    blockSize: Number(blockSize),
    parallelization: Number(parallelization),
    keyBytes: expected.byteLength,
  });
  return sameBytes(given.buffer, expected.buffer) && hash !== null;
}

/** Unicode's compatibility composition: keyboards differ in how they write an accent (NIST SP 800-63B, 3.1.1.2). */
const canonical = (password: string) => password.normalize("NFKC");
