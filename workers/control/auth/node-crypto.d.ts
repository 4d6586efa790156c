/**
 * The one function of `node:crypto` that passwords need. workers-types does not declare Node's modules, and
 * @types/node would bring its globals into every Worker.
 */
declare module "node:crypto" {
  export function scrypt(
    password: string,
    salt: Uint8Array,
    keyLength: number,
    options: { readonly N: number; readonly r: number; readonly p: number; readonly maxmem: number },
    callback: (error: Error | null, key: Uint8Array<ArrayBuffer>) => void,
  ): void;
}
