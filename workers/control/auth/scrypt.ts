import { scrypt } from "node:crypto";
import type { Stretch } from "./password.ts";

const MAX_MEMORY_BYTES = 64 * 1_048_576;

/**
 * scrypt (RFC 7914) by the runtime's own implementation. Argon2id would have to be WebAssembly or JavaScript, several
 * times slower at the same strength.
 */
export const stretch: Stretch = (password, salt, { costLog2, blockSize, parallelization, keyBytes }) => {
  const options = { N: 2 ** costLog2, r: blockSize, p: parallelization, maxmem: MAX_MEMORY_BYTES };
  return new Promise((resolve, reject) => {
    scrypt(password, salt, keyBytes, options, (error, key) =>
      // A copy: Node's own buffer may lie in a larger one.
      error ? reject(error) : resolve(new Uint8Array(key)),
    );
  });
};
