/** wrangler.toml's rule for `*.mmdb` bundles the file as a Data module. */
declare module "*.mmdb" {
  const bytes: ArrayBuffer;
  export default bytes;
}

/**
 * The one function of `node:buffer` that GeoIP needs. workers-types does not declare Node's modules, and
 * @types/node would bring its globals into every Worker.
 */
declare module "node:buffer" {
  export const Buffer: {
    /** A view of the bytes, not a copy. */
    from(bytes: ArrayBuffer): ConstructorParameters<typeof import("mmdb-lib").Reader>[0];
  };
}
