/**
 * The one function of `node:crypto` that the audit log needs. workers-types does not declare Node's modules, and
 * @types/node would bring its globals into every Worker.
 */
declare module "node:crypto" {
  interface Hash {
    /** A string is hashed in UTF-8. */
    update(text: string): Hash;
    digest(encoding: "hex"): string;
  }
  export function createHash(algorithm: "sha256"): Hash;
}
