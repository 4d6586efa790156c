/** Counts what arrives: a chunked body has no Content-Length, and a given one may be wrong. `null` for what is more. */
export async function readAtMost(
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
): Promise<Uint8Array | null> {
  let bytes = new Uint8Array();
  if (body === null) return bytes;
  for await (const chunk of body) {
    if (bytes.length + chunk.length > maxBytes) return null;
    const longer = new Uint8Array(bytes.length + chunk.length);
    longer.set(bytes);
    longer.set(chunk, bytes.length);
    bytes = longer;
  }
  return bytes;
}
