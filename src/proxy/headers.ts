import type { Ip } from "../base/ip.ts";
import { EDGE_NAME, type Facts } from "../request/facts.ts";

/** The part of the platform's `Headers` that is needed here. */
export interface MutableHeaders {
  set(name: string, value: string): void;
  append(name: string, value: string): void;
  delete(name: string): void;
}

/**
 * Fields that concern one connection only (RFC 9110, section 7.6.1), beside those that `Connection` names.
 * `Transfer-Encoding` is the runtime's own.
 */
const HOP_BY_HOP = ["keep-alive", "proxy-connection", "te", "trailer"] as const;

/**
 * Makes a copy of a client's headers ready to go on: what concerns the client's connection goes, what the edge
 * knows is set, and what a client sends under those names is never passed on. `parentId` is the span of this try.
 */
export function prepareForwardHeaders(headers: MutableHeaders, facts: Facts, parentId: string): void {
  const connection = facts.headers.get("connection");
  const upgrade = facts.headers.get("upgrade");
  if (connection !== undefined) {
    for (const name of connectionOptions(connection)) headers.delete(name);
    headers.delete("connection");
  }
  for (const name of HOP_BY_HOP) if (facts.headers.has(name)) headers.delete(name);
  // WebSocket is the one upgrade that the runtime carries; it adds `Connection: Upgrade` itself.
  if (upgrade?.toLowerCase() === "websocket") headers.set("upgrade", "websocket");
  else if (upgrade !== undefined) headers.delete("upgrade");
  // Of `X-Forwarded-Port`, `-Prefix` and their like the edge says nothing, and backends would believe a client's.
  for (const name of facts.headers.keys()) if (name.startsWith("x-forwarded-")) headers.delete(name);

  const { client, scheme, host, requestId, place } = facts;
  headers.set("x-forwarded-for", client.text);
  headers.set("x-forwarded-proto", scheme);
  headers.set("x-forwarded-host", host);
  headers.set("forwarded", `for=${forwardedNode(client)};host="${host}";proto=${scheme}`);
  headers.set("traceparent", `00-${requestId}-${parentId}-01`);
  // Vendor data of a trace that ends here (W3C Trace Context, section 3.3.1.1).
  if (facts.headers.has("tracestate")) headers.delete("tracestate");
  headers.set("x-request-id", requestId);
  if (place.colo === null) headers.delete("x-novacron-colo");
  else headers.set("x-novacron-colo", place.colo);
  headers.append("via", `1.1 ${EDGE_NAME}`);
  headers.append("cdn-loop", EDGE_NAME);
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
