import type { Ip } from "../base/ip.ts";
import { EDGE_NAME, type Facts } from "../request/facts.ts";

/** The part of the platform's `Headers` that is needed here. */
export interface MutableHeaders {
  set(name: string, value: string): void;
  append(name: string, value: string): void;
  delete(name: string): void;
}

const DROPPED = [
  // Concern one connection only (RFC 9110, section 7.6.1), listed in `Connection` or not. `Transfer-Encoding` is the
  // runtime's own.
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  // Vendor data of a trace that ends here (W3C Trace Context, section 3.3.1.1).
  "tracestate",
  // Of these the edge says nothing, and backends would believe a client's.
  "x-forwarded-port",
  "x-forwarded-prefix",
  "x-forwarded-scheme",
  "x-forwarded-server",
  "x-forwarded-ssl",
] as const;

/**
 * Makes a copy of a client's headers ready to go on: what concerns the client's connection goes, what the edge
 * knows is set, and what a client sends under those names is never passed on. `parentId` is the span of this try.
 */
export function prepareForwardHeaders(headers: MutableHeaders, facts: Facts, parentId: string): void {
  const connection = facts.headers.get("connection");
  const upgrade = facts.headers.get("upgrade");
  if (connection !== null) {
    for (const name of connectionOptions(connection)) headers.delete(name);
    headers.delete("connection");
  }
  for (const name of DROPPED) headers.delete(name);
  // WebSocket is the one upgrade that the runtime carries; it adds `Connection: Upgrade` itself.
  if (upgrade?.toLowerCase() === "websocket") headers.set("upgrade", "websocket");
  else if (upgrade !== null) headers.delete("upgrade");

  const { client, scheme, host, requestId, place } = facts;
  headers.set("x-forwarded-for", client.text);
  headers.set("x-forwarded-proto", scheme);
  headers.set("x-forwarded-host", host);
  headers.set("forwarded", `for=${forwardedNode(client)};host="${host}";proto=${scheme}`);
  headers.set("traceparent", `00-${requestId}-${parentId}-01`);
  headers.set("x-request-id", requestId);
  if (place.colo === null) headers.delete("x-novacron-colo");
  else headers.set("x-novacron-colo", place.colo);
  headers.append("via", `1.1 ${EDGE_NAME}`);
  headers.append("cdn-loop", EDGE_NAME);
}

/**
 * Of all names and values together. Cloudflare takes 128 KB, but servers behind it take less (nginx 32 KB, Node
 * 16 KB), and one that breaks the connection over it has not failed.
 */
export const MAX_HEADERS_LENGTH = 32_768;

/** Characters in all names and values. */
export function headersLength(headers: Iterable<[string, string]>): number {
  let length = 0;
  for (const [name, value] of headers) length += name.length + value.length;
  return length;
}

/** Takes from a backend's response what concerns its connection to the edge. */
export function prepareResponseHeaders(headers: MutableHeaders & { get(name: string): string | null }): void {
  const connection = headers.get("connection");
  if (connection === null) return;
  for (const name of connectionOptions(connection)) headers.delete(name);
  headers.delete("connection");
  headers.delete("keep-alive");
}

/** A `for` node (RFC 7239, section 6): a v6 address is bracketed and therefore quoted. */
const forwardedNode = (client: Ip): string => (client.family === 4 ? client.text : `"[${client.text}]"`);

/** Header names that `Connection` lists; one that is no name is passed over, since no header can have it. */
function connectionOptions(value: string): string[] {
  return value
    .split(",")
    .map((option) => option.trim().toLowerCase())
    .filter((option) => /^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(option) && option !== "close" && option !== "upgrade");
}
