import { scrypt } from "node:crypto";
import { fromBase64url, toBase64url } from "./base64url.ts";

/**
 * scrypt (RFC 7914) by the runtime's own implementation, at what OWASP's Password Storage Cheat Sheet holds to be worth
 * N = 2^17, p = 1, in a quarter of the memory: 32 MB, of the 128 that an isolate has. Argon2id would have to be
 * WebAssembly or JavaScript, several times slower at the same strength.
 */
const COST_LOG2 = 15;
const BLOCK_SIZE = 8;
const PARALLELIZATION = 3;
const KEY_BYTES = 32;
const SALT_BYTES = 16;
const MAX_MEMORY_BYTES = 64 * 1_048_576;

/** `scrypt$15$8$3$salt$key`, so that a later version can ask for more and still read this. */
export async function hashPassword(password: string, randomBytes: (length: number) => Uint8Array): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const key = await derive(password, salt, COST_LOG2, BLOCK_SIZE, PARALLELIZATION);
  return ["scrypt", COST_LOG2, BLOCK_SIZE, PARALLELIZATION, toBase64url(salt), toBase64url(key)].join("$");
}

/** Stands in for the hash of somebody who is not there: no password makes this key, and trying takes as long. */
const nobodysHash = `scrypt$${COST_LOG2}$${BLOCK_SIZE}$${PARALLELIZATION}$${"A".repeat(22)}$${"A".repeat(43)}`;

/** `null` does the same work, and is false. */
export async function isPassword(
  password: string,
  hash: string | null,
  sameBytes: (a: ArrayBuffer, b: ArrayBuffer) => boolean,
): Promise<boolean> {
  const [, costLog2, blockSize, parallelization, salt = "", key = ""] = (hash ?? nobodysHash).split("$");
  const given = await derive(
    password,
    fromBase64url(salt),
    Number(costLog2),
    Number(blockSize),
    Number(parallelization),
  );
  return sameBytes(given.buffer, fromBase64url(key).buffer) && hash !== null;
}

/** Unicode's compatibility composition first (RFC 8265, section 4.2): keyboards differ in how they write an accent. */
function derive(
  password: string,
  salt: Uint8Array,
  costLog2: number,
  r: number,
  p: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const options = { N: 2 ** costLog2, r, p, maxmem: MAX_MEMORY_BYTES };
  return new Promise((resolve, reject) => {
    scrypt(password.normalize("NFKC"), salt, KEY_BYTES, options, (error, key) =>
      // A copy: Node's own buffer may lie in a larger one.
      error ? reject(error) : resolve(new Uint8Array(key)),
    );
  });
}
