import { Hono } from "hono";
import { parseIp } from "../../src/base/ip.ts";
import { decodeQuery } from "../../src/dns/decode-query.ts";
import { encodeResponse, MAX_MESSAGE_BYTES, refusal } from "../../src/dns/encode-response.ts";
import type { Response as DnsResponse } from "../../src/dns/response.ts";
import { nowhere, type Place } from "../../src/geo/place.ts";
import { answerJson } from "../../src/geodns/answer-json.ts";
import type { Authority, Told } from "../../src/geodns/authority.ts";
import { readPlace } from "../../src/request/facts.ts";
import type { Background } from "../background.ts";
import { DNS_JSON, readQuestion } from "./dns-json.ts";
import { bad, DNS_MESSAGE, freshness, readMessage, refuse } from "./doh.ts";
import { type DnsDeps, NameServer } from "./name-server.ts";

/** Where the DNS plane tells of itself, as edges do. */
export const HEALTH_PATH = "/.well-known/novacron/health";
/** The epoch of the table that an answer was made from: what was kept of an older one may be out of date. */
const EPOCH_HEADER = "X-Novacron-Epoch";

/** The DNS plane: DNS queries over HTTPS (RFC 8484), and the JSON that public resolvers answer with. */
export function createDnsApp(deps: DnsDeps): Hono {
  const server = new NameServer(deps);
  const app = new Hono();
  app.get(HEALTH_PATH, async (c) => {
    await server.authority((work) => c.executionCtx.waitUntil(work));
    const { epoch, ageMs, error } = server.health;
    c.header("Cache-Control", "no-store");
    if (epoch !== null) c.header(EPOCH_HEADER, String(epoch));
    return c.json({ status: epoch === null ? "down" : error === null ? "ok" : "stale", epoch, ageMs, error });
  });
  app.on(["GET", "POST"], "/dns-query", (c) => {
    const url = new URL(c.req.url);
    const wantsJson = c.req.method !== "POST" && !url.searchParams.has("dns") && url.searchParams.has("name");
    return answer(c.req.raw, (work) => c.executionCtx.waitUntil(work), wantsJson ? byJson : byMessage, url);
  });
  app.get("/resolve", (c) => answer(c.req.raw, (work) => c.executionCtx.waitUntil(work), byJson, new URL(c.req.url)));
  app.all("/dns-query", () =>
    refuse(405, "wrong-method", "A query is asked by GET or POST", { Allow: "GET, HEAD, POST" }),
  );
  app.all("/resolve", () => refuse(405, "wrong-method", "A query is asked by GET", { Allow: "GET, HEAD" }));
  app.notFound(() => refuse(404, "no-such-route", "There is nothing at this path"));
  app.onError((error) => {
    console.error("a query cannot be answered", error);
    return refuse(500, "unexpected", "Something went wrong here; it has been logged");
  });
  return app;

  async function answer(request: Request, background: Background, by: Form, url: URL): Promise<Response> {
    const pending = server.authority(background);
    const authority = pending instanceof Promise ? await pending : pending;
    if (authority === null) return refuse(503, "no-table", "There is no table to answer from", { "Retry-After": "1" });
    const response = await by({ request, url, server, authority, asker: placeOf(request, deps), background });
    response.headers.set(EPOCH_HEADER, String(authority.epoch));
    return response;
  }
}

interface Asked {
  readonly request: Request;
  readonly url: URL;
  readonly server: NameServer;
  readonly authority: Authority;
  readonly asker: Place;
  readonly background: Background;
}

/** A way to ask and to be answered. */
type Form = (asked: Asked) => Response | Promise<Response>;

/**
 * Whatever the DNS has a response for is 200, a query that it refuses too. Only what deserves no response at all, such as
 * a response, is an error of HTTP.
 */
const byMessage: Form = async ({ request, url, server, authority, asker, background }) => {
  const message = await readMessage(request, url);
  if (message instanceof Response) return message;
  const query = decodeQuery(message);
  if (query.ok) {
    const told = await server.sign(server.tell(authority, query.value, asker), background);
    return toMessage(told.response, told);
  }
  if (query.error.kind === "dropped") return bad(`The message is no query: ${query.error.reason}`);
  return toMessage(refusal(query.error.head, query.error.rcode, query.error), null);
};

function toMessage(response: DnsResponse, told: Told | null): Response {
  const headers = { "Content-Type": DNS_MESSAGE, ...freshness(told) };
  return new Response(encodeResponse(response, { maxBytes: MAX_MESSAGE_BYTES }), { headers });
}

const byJson: Form = async ({ url, server, authority, asker, background }) => {
  const query = readQuestion(url.searchParams);
  if (!query.ok) return bad(query.error);
  const told = await server.sign(server.tell(authority, query.value, asker), background);
  const headers = { "Content-Type": DNS_JSON, "Access-Control-Allow-Origin": "*", ...freshness(told) };
  return new Response(JSON.stringify(answerJson(told.response)), { headers });
};

function placeOf(request: Request, { countryByIp }: DnsDeps): Place {
  const client = parseIp(request.headers.get("CF-Connecting-IP") ?? "127.0.0.1");
  const cf: unknown = "cf" in request ? request.cf : undefined;
  return client ? readPlace(cf, client, countryByIp) : nowhere;
}
