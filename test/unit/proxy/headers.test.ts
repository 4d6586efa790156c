import { describe, expect, it } from "vitest";
import { forwardFields, prepareResponseHeaders } from "../../../src/proxy/headers.ts";
import { readFacts } from "../../../src/request/facts.ts";

const requestId = "0af7651916cd43dd8448eb211c80319c";
const parentId = "b7ad6b7169203331";

/** The headers that a backend gets for a client's. */
function forwarded(headers: Record<string, string>, { url = "https://api.example.com/", cf = {} as unknown } = {}) {
  const sent = new Headers({ "cf-connecting-ip": "203.0.113.9", ...headers });
  const facts = readFacts({ method: "GET", url, headers: sent, cf }, { requestId, countryByIp: () => null });
  if (facts.kind !== "facts") throw new Error(facts.kind);
  return Object.fromEntries(new Headers(forwardFields(facts, parentId)));
}

describe("headers that go to a backend", () => {
  const own = {
    "x-forwarded-for": "203.0.113.9",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "api.example.com",
    forwarded: 'for=203.0.113.9;host="api.example.com";proto=https',
    traceparent: `00-${requestId}-${parentId}-01`,
    "x-request-id": requestId,
    "x-novacron-colo": "FRA",
    via: "1.1 novacron",
    "cdn-loop": "novacron",
  };

  it("carry what the edge knows, and not what the runtime writes by itself", () => {
    expect(forwarded({}, { cf: { colo: "FRA" } })).toEqual(own);
  });

  it("are what the edge knows, whatever a client sends under the same names", () => {
    const lies = {
      "X-Forwarded-For": "198.51.100.1",
      "x-forwarded-proto": "gopher",
      "X-Forwarded-Host": "evil.example",
      Forwarded: "for=198.51.100.1",
      traceparent: "00-11111111111111111111111111111111-1111111111111111-00",
      "X-Request-ID": "mine",
      "x-novacron-colo": "SFO",
    };
    expect(forwarded(lies, { cf: { colo: "FRA" } })).toMatchObject(own);
    // Nor does naming them in Connection, which takes a client's fields away, take the edge's.
    const connection = Object.keys(lies).join(", ");
    expect(forwarded({ ...lies, connection }, { cf: { colo: "FRA" } })).toMatchObject(own);
  });

  it.each([
    ["tracestate", "tracestate"],
    ["a colo, where the edge knows none", "x-novacron-colo"],
    ["a forwarded port", "x-forwarded-port"],
    ["a forwarded prefix", "x-forwarded-prefix"],
    ["a forwarded server", "x-forwarded-server"],
    ["keep-alive", "keep-alive"],
    ["proxy-connection", "proxy-connection"],
    ["te", "te"],
    ["trailer", "trailer"],
    ["connection", "connection"],
  ])("never carry a client's %s", (_, name) => {
    expect(forwarded({ [name]: "x" })).not.toHaveProperty([name]);
  });

  it("lose the fields that Connection names, in any case and spacing, and no others", () => {
    const headers = { connection: "close,X-One ,  x-TWO", "x-one": "1", "x-two": "2", "x-three": "3", close: "4" };
    const names = Object.keys(forwarded(headers));
    expect(names).not.toContain("x-one");
    expect(names).not.toContain("x-two");
    expect(names).toContain("x-three");
    expect(names).toContain("close");
  });

  it.each(["", ",", "x y", "é", "a:b", "()", ", ,x-one"])("a Connection of %o harms nobody", (connection) => {
    expect(forwarded({ connection, accept: "text/html" })).toMatchObject({ accept: "text/html" });
  });

  it.each([
    ["WebSocket", { connection: "Upgrade", upgrade: "websocket" }, "websocket"],
    ["WebSocket among others, in capitals", { connection: "keep-alive, Upgrade", upgrade: "WebSocket" }, "websocket"],
    ["another protocol", { connection: "Upgrade, HTTP2-Settings", upgrade: "h2c" }, undefined],
    ["another protocol without Connection", { upgrade: "h2c" }, undefined],
    ["none", {}, undefined],
  ])("an upgrade to %s", (_, headers, upgrade) => {
    const result = forwarded({ ...headers, "sec-websocket-key": "k", "sec-websocket-protocol": "chat" });
    expect(result.upgrade).toBe(upgrade);
    expect(result).toMatchObject({ "sec-websocket-key": "k", "sec-websocket-protocol": "chat" });
    expect(result).not.toHaveProperty("connection");
  });

  it.each([
    ["v4", "203.0.113.9", "http://h:8787/", 'for=203.0.113.9;host="h:8787";proto=http'],
    ["v6, bracketed and quoted", "2001:db8::1", "https://h/", 'for="[2001:db8::1]";host="h";proto=https'],
    ["v4-mapped", "::ffff:203.0.113.9", "https://h/", 'for=203.0.113.9;host="h";proto=https'],
    ["a v6 host", "203.0.113.9", "http://[::1]:80/", 'for=203.0.113.9;host="[::1]:80";proto=http'],
  ])("Forwarded is as RFC 7239 has it: %s", (_, ip, url, value) => {
    expect(forwarded({ "cf-connecting-ip": ip }, { url }).forwarded).toBe(value);
  });

  it("the edge is added to Via and CDN-Loop, behind those before it", () => {
    expect(forwarded({ via: "1.0 fred, 1.1 p.example", "cdn-loop": "cloudflare; loops=1" })).toMatchObject({
      via: "1.0 fred, 1.1 p.example, 1.1 novacron",
      "cdn-loop": "cloudflare; loops=1, novacron",
    });
  });

  it("everything else goes on as it came", () => {
    const headers = { accept: "*/*", authorization: "Bearer x", cookie: "a=b; c=d", "x-own": "1", range: "bytes=0-1" };
    expect(forwarded(headers)).toMatchObject(headers);
  });
});

describe("headers of a backend's response", () => {
  it("lose what concerns its connection", () => {
    const headers = new Headers({
      connection: "keep-alive, X-Hop",
      "keep-alive": "timeout=5",
      "x-hop": "1",
      "content-type": "text/plain",
    });
    prepareResponseHeaders(headers);
    // `Connection` and `Keep-Alive` themselves are the runtime's to leave out; the end-to-end test sees to it.
    const kept = Object.keys(Object.fromEntries(headers)).filter((name) => !/^(connection|keep-alive)$/.test(name));
    expect(kept).toEqual(["content-type"]);
  });

  it("keep all else, each cookie too", () => {
    const headers = new Headers([
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2"],
      ["etag", '"x"'],
    ]);
    prepareResponseHeaders(headers);
    expect(headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(headers.get("etag")).toBe('"x"');
  });
});
