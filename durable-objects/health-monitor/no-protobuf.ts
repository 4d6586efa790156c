/**
 * In place of `protobufjs/minimal` in the bundle, by wrangler.toml: the sketches' library would load it to write Protocol
 * Buffers, which nothing here does, and it does not come with the library.
 */
export default {};
