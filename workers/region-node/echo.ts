import { readBody } from "./body.ts";
import { json, type NodeRequest, type Reply } from "./reply.ts";

export const MAX_ECHO_BODY_BYTES = 1_048_576;

/** Tells a client what has arrived. A body that is not UTF-8 comes back in base64. */
export async function echo(request: NodeRequest, identity: object): Promise<Reply> {
  const body = await readBody(request, MAX_ECHO_BODY_BYTES);
  if (!body.ok) return body.error;
  const headers: Record<string, string> = {};
  request.headers.forEach((value, name) => {
    headers[name] = value;
  });
  return json(200, { method: request.method, url: request.url, headers, ...asText(body.value), ...identity });
}

function asText(bytes: Uint8Array): { body: string; bodyEncoding: "utf-8" | "base64" } {
  try {
    return { body: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes), bodyEncoding: "utf-8" };
  } catch {
    return { body: btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")), bodyEncoding: "base64" };
  }
}
