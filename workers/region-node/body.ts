import { err, ok, type Result } from "../../src/base/result.ts";
import { type NodeRequest, problem, type Reply } from "./reply.ts";

/** Reads a whole body, at most `maxBytes` of it; the error is the answer to give. */
export async function readBody(
  request: NodeRequest,
  maxBytes: number,
): Promise<Result<Uint8Array<ArrayBuffer>, Reply>> {
  const tooLarge = err(problem(413, "body-too-large", `the body may have at most ${maxBytes} bytes`));
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) return tooLarge;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    if (size > maxBytes) return tooLarge;
    chunks.push(chunk);
  }
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return ok(whole);
}
