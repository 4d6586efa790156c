import type { Ip } from "../base/ip.ts";
import { EDGE_NAME, type Facts, type Fields } from "../request/facts.ts";

const DROPPED = new Set([
  // The runtime writes these by itself, whatever it is given: from the URL, and from who sends.
  "host",
  "cf-connecting-ip",
  // Concern one connection only (RFC 9110, section 7.6.1), listed in `Connection` or not. `Transfer-Encoding` is the
  // runtime's own.
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "upgrade",
  // Vendor data of a trace that ends here (W3C Trace Context, section 3.3.1.1).
  "tracestate",
  // Of these the edge says nothing, and backends would believe a client's.
  "x-forwarded-port",
  "x-forwarded-prefix",
  "x-forwarded-scheme",
  "x-forwarded-server",
  "x-forwarded-ssl",
  "x-real-ip",
  "true-client-ip",
  "x-client-ip",
  "x-cluster-client-ip",
  "x-original-url",
  "x-rewrite-url",
]);

/**
 * The header fields that go on: what concerns the client's connection goes, what the edge knows is set, and what a
 * client sends under those names is never passed on. `parentId` is the span of this try. They are put together as a
 * plain object, since handing one over to the runtime is one call, and setting them one by one is twenty.
 */
export function forwardFields(facts: Facts, parentId: string): Record<string, string> {
  const { fields, client, scheme, host, requestId, place } = facts;
  const named = connectionOptions(fields.connection);
  const sent: Record<string, string> = {};
  for (const name in fields) {
    const own = name.startsWith("x-novacron-");
    if (!own && !DROPPED.has(name) && !named.includes(name)) sent[name] = fields[name] as string;
  }
  // WebSocket is the one upgrade that the runtime carries; it adds `Connection: Upgrade` itself.
  if (fields.upgrade?.toLowerCase() === "websocket") sent.upgrade = "websocket";
  sent["x-forwarded-for"] = client.text;
  sent["x-forwarded-proto"] = scheme;
  sent["x-forwarded-host"] = host;
  sent.forwarded = `for=${forwardedNode(client)};host="${host}";proto=${scheme}`;
  sent.traceparent = traceparent(requestId, parentId);
  sent["x-request-id"] = requestId;
  if (place.colo !== null) sent["x-novacron-colo"] = place.colo;
  sent.via = fields.via === undefined ? `1.1 ${EDGE_NAME}` : `${fields.via}, 1.1 ${EDGE_NAME}`;
  sent["cdn-loop"] = fields["cdn-loop"] === undefined ? EDGE_NAME : `${fields["cdn-loop"]}, ${EDGE_NAME}`;
  return sent;
}

/** W3C Trace Context, section 3.2: version 00, sampled. */
export const traceparent = (traceId: string, parentId: string): string => `00-${traceId}-${parentId}-01`;

/**
 * Of all names and values together. Cloudflare takes 128 KB, but servers behind it take less (nginx 32 KB, Node
 * 16 KB), and one that breaks the connection over it has not failed.
 */
export const MAX_HEADERS_LENGTH = 32_768;

/** Characters in all names and values. */
export function headersLength(fields: Fields): number {
  return Object.entries(fields).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
}

/** The part of the platform's `Headers` that is needed here. */
interface ResponseHeaders {
  get(name: string): string | null;
  delete(name: string): void;
}

/**
 * Takes from a backend's response the fields that its `Connection` names. That one itself and `Keep-Alive` the runtime
 * leaves out of every response.
 */
export function prepareResponseHeaders(headers: ResponseHeaders): void {
  for (const name of connectionOptions(headers.get("connection"))) headers.delete(name);
}

/** A `for` node (RFC 7239, section 6): a v6 address is bracketed and therefore quoted. */
const forwardedNode = (client: Ip): string => (client.family === 4 ? client.text : `"[${client.text}]"`);

const none: readonly string[] = [];

/** Header names that `Connection` lists; one that is no name is passed over, since no header can have it. */
function connectionOptions(value: string | null | undefined): readonly string[] {
  // Nearly every message has one of these.
  if (value === null || value === undefined || value === "keep-alive" || value === "close") return none;
  return value
    .split(",")
    .map((option) => option.trim().toLowerCase())
    .filter((option) => /^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(option) && option !== "close" && option !== "upgrade");
}
