import { beforeEach, describe, expect, it } from "vitest";
import { MAX_BODY_BYTES } from "../../../workers/control/body.ts";
import { routes } from "../../../workers/control/routes.ts";
import { type CallOptions, createWorld, frankfurt, TOKEN, type World } from "./world.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
});

describe("who may come in", () => {
  it.each([
    ["no header", undefined],
    ["another scheme", `Basic ${TOKEN}`],
    ["no token", "Bearer "],
    ["another token", "Bearer another-token-of-32-characters!!"],
    ["a token cut short", `Bearer ${TOKEN.slice(0, -1)}`],
    ["a token with more", `Bearer ${TOKEN}x`],
    ["two tokens", `Bearer ${TOKEN} ${TOKEN}`],
  ])("refuses %s", async (_name, authorization) => {
    const headers = authorization === undefined ? undefined : { Authorization: authorization };
    const response = await world.fetch(new Request("http://control.test/api/v1/table", headers ? { headers } : {}));
    expect(response.status).toBe(401);
    expect(response.headers.get("WWW-Authenticate")).toBe('Bearer realm="novacron"');
    expect(response.headers.get("Content-Type")).toBe("application/problem+json");
    expect(await response.json()).toMatchObject({ type: "/problems/unauthenticated", requestId: "request-1" });
  });

  it("takes the scheme in any case, as RFC 9110 has it", async () => {
    expect((await world.call("GET", "/table", { headers: { Authorization: `bearer ${TOKEN}` } })).status).toBe(200);
  });

  const closed = routes.filter(({ permission }) => permission !== "anyone");
  it.each(closed.map((route) => [route.method, route.path.replace(/:\w+(\{.+\})?/, "x")]))(
    "refuses %s %s without a token, and changes nothing",
    async (method, path) => {
      const before = await world.state();
      const response = await world.fetch(new Request(`http://control.test/api/v1${path}`, { method }));
      expect(response.status).toBe(401);
      expect(await world.state()).toBe(before);
    },
  );

  it.each(["/api", "/api/", "/api/v1", "/api/v2/table", "/api/v1/nothing"])(
    "does not tell strangers what is at %s",
    async (path) => {
      expect((await world.fetch(new Request(`http://control.test${path}`))).status).toBe(401);
    },
  );
});

describe("where", () => {
  it.each([
    ["GET", "/nothing"],
    ["GET", "/regions/"],
    ["GET", "/regions/us-east-1/weight"],
    ["POST", "/"],
  ])("answers 404 to %s %s", async (method, path) => {
    const { status, body } = await world.call(method, path);
    expect([status, body.type]).toEqual([404, "/problems/no-such-route"]);
  });

  it.each([
    ["DELETE", "/regions", "GET, HEAD, POST"],
    ["POST", "/regions/us-east-1", "GET, HEAD, PUT, PATCH, DELETE"],
    ["GET", "/table/apply", "POST"],
    ["OPTIONS", "/weights", "GET, HEAD, PUT"],
    ["PUT", "/blacklist/203.0.113.9/32", "GET, HEAD, DELETE"],
  ])("answers 405 to %s %s", async (method, path, allow) => {
    const { status, headers, body } = await world.call(method, path);
    expect([status, headers.get("Allow"), body.type]).toEqual([405, allow, "/problems/wrong-method"]);
  });

  it("answers HEAD as GET, without a body", async () => {
    const { status, headers, body } = await world.call("HEAD", "/table");
    expect([status, headers.get("ETag"), body]).toEqual([200, '"1"', null]);
  });

  it("serves the dashboard's files elsewhere, to readers only", async () => {
    const page = await world.fetch(new Request("http://control.test/"));
    expect([page.status, await page.text()]).toEqual([200, "<h1>hello</h1>"]);
    expect(page.headers.get("Content-Security-Policy")).toContain("default-src 'self'");
    expect((await world.fetch(new Request("http://control.test/nothing"))).status).toBe(404);
    const posted = await world.fetch(new Request("http://control.test/", { method: "POST" }));
    expect([posted.status, posted.headers.get("Allow")]).toEqual([405, "GET, HEAD"]);
  });
});

const apply = (options: CallOptions) => ["POST", "/table/apply", options] as const;
const nested = (levels: number) => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;
const large = `{"regions":${" ".repeat(MAX_BODY_BYTES)}{}}`;

/** A body whose length nobody knows beforehand; says how much of it was asked for. */
function endless() {
  const asked = { bytes: 0 };
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = new Uint8Array(65_536).fill(32);
      asked.bytes += chunk.byteLength;
      controller.enqueue(chunk);
    },
  });
  return { asked, stream };
}

describe("the body", () => {
  const json = "application/json";
  it.each<[string, readonly [string, string, CallOptions], number, string, string]>([
    [
      "not JSON's type",
      apply({ raw: "{}", headers: { "Content-Type": "text/plain" } }),
      415,
      "not-json",
      "application/json",
    ],
    [
      "a form",
      apply({ raw: "a=1", headers: { "Content-Type": "application/x-www-form-urlencoded" } }),
      415,
      "not-json",
      "",
    ],
    ["no type", apply({ headers: {} }), 415, "not-json", ""],
    ["nothing", apply({ headers: { "Content-Type": json } }), 400, "malformed", "empty"],
    ["half an object", apply({ raw: '{"regions": ' }), 400, "malformed", "Unexpected end of JSON input"],
    ["a comma too many", apply({ raw: '{"a": 1,}' }), 400, "malformed", "position 8"],
    ["not UTF-8", apply({ raw: new Uint8Array([0x22, 0xff, 0x22]) }), 400, "malformed", "UTF-8"],
    ["__proto__", apply({ raw: '{"regions":{"__proto__":{}}}' }), 400, "malformed", "__proto__"],
    ["a tower", apply({ raw: nested(33) }), 400, "malformed", "32 levels"],
    ["a very high tower", apply({ raw: "[".repeat(500_000) }), 400, "malformed", ""],
    ["more than a MiB", apply({ raw: large }), 413, "too-large", "1048576"],
  ])("refuses %s, and changes nothing", async (_name, [method, path, options], status, type, detail) => {
    const before = await world.state();
    const reply = await world.call(method, path, options);
    expect(reply.status).toBe(status);
    expect(reply.body).toMatchObject({ status, type: `/problems/${type}`, detail: expect.stringContaining(detail) });
    expect(await world.state()).toBe(before);
    expect(world.logged).toEqual([]);
  });

  it("reads no more of a body without a length than the limit", async () => {
    const { asked, stream } = endless();
    const { status } = await world.call("POST", "/table/apply", { raw: stream });
    expect(status).toBe(413);
    expect(asked.bytes).toBeLessThan(MAX_BODY_BYTES + 4 * 65_536);
  });

  it("is not read at all where its length alone is too much", async () => {
    const { asked, stream } = endless();
    const headers = { "Content-Length": String(MAX_BODY_BYTES + 1) };
    expect((await world.call("POST", "/table/apply", { raw: stream, headers })).status).toBe(413);
    expect(asked.bytes).toBeLessThan(MAX_BODY_BYTES / 4);
  });

  it("that breaks off is refused, and nobody is alarmed", async () => {
    const broken = new ReadableStream({ pull: () => Promise.reject(new Error("Network connection lost.")) });
    const { status, body } = await world.call("POST", "/table/apply", { raw: broken });
    expect([status, body.detail]).toEqual([400, "the body broke off"]);
    expect(world.logged).toEqual([]);
  });

  it("that does not come to its end is waited for no longer than half a minute", async () => {
    const waits: number[] = [];
    world = await createWorld({
      timer: (ms, ring) => {
        waits.push(ms);
        queueMicrotask(ring);
        return () => undefined;
      },
    });
    const stopped = new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array([0x7b])) });
    const { status, body } = await world.call("POST", "/table/apply", { raw: stopped });
    expect([status, body.type, waits]).toEqual([408, "/problems/too-slow", [30_000]]);
  });

  it("takes types built on JSON, and parameters", async () => {
    const headers = { "Content-Type": "application/merge-patch+json; charset=utf-8" };
    expect((await world.call("PATCH", "/regions/us-east-1", { raw: '{"weight":1}', headers })).status).toBe(200);
  });
});

describe("fields", () => {
  const post = (path: string, body: unknown) => ["POST", path, { body }] as const;
  const put = (path: string, body: unknown) => ["PUT", path, { body }] as const;
  it.each<[string, readonly [string, string, CallOptions], readonly string[]]>([
    ["no object", post("/table/apply", [1]), [""]],
    ["missing fields", post("/backends", { id: "b" }), ["/region", "/url"]],
    ["an unknown field", post("/regions", { id: "eu", ...frankfurt, colour: "red" }), ["/colour"]],
    ["out of range", post("/regions", { id: "eu", ...frankfurt, latitude: 91, weight: -1 }), ["/latitude", "/weight"]],
    ["a wrong id", post("/regions", { id: "EU!", ...frankfurt }), ["/id"]],
    ["an unknown kind", post("/policies", { id: "p", kind: "guess" }), ["/kind"]],
    ["a field of another kind", post("/policies", { id: "p", kind: "weighted", order: [] }), ["/order"]],
    ["a wrong item", post("/residency", { id: "eu", regions: ["us-east-1", "?"] }), ["/regions/1"]],
    ["another id than the path's", put("/regions/us-east-1", { ...frankfurt, id: "us-west-2" }), ["/id"]],
    ["a replacement with a field missing", put("/residency/us", {}), ["/regions"]],
    ["weights of nobody", put("/weights", { "us-east-1": 1, mars: 2, "a/b": 3 }), ["/mars", "/a~1b"]],
    ["weights out of range", put("/weights", { "us-east-1": 1001, "us-west-2": "2" }), ["/us-east-1", "/us-west-2"]],
    ["all weights zero", put("/weights", { "us-east-1": 0, "us-west-2": 0 }), ["/us-east-1"]],
    ["an address that is none", post("/blacklist", { cidr: "300.1.1.1", reason: "r" }), ["/cidr"]],
    ["host bits", post("/blacklist", { cidr: "203.0.113.9/24", reason: "r" }), ["/cidr"]],
    ["no reason", post("/blacklist", { cidr: "203.0.113.9", reason: "  " }), ["/reason"]],
    ["no time", post("/blacklist", { cidr: "203.0.113.9", reason: "r", ttlSeconds: 0 }), ["/ttlSeconds"]],
    ["over a year", post("/allowlist", { cidr: "203.0.113.9", reason: "r", ttlSeconds: 31_536_001 }), ["/ttlSeconds"]],
    ["no epoch", post("/table/rollback", { epoch: -1, reason: "r" }), ["/epoch"]],
    ["an epoch that is not kept", post("/table/rollback", { epoch: 99, reason: "r" }), ["/epoch"]],
    ["an unknown section", post("/table/apply", { planets: {} }), ["/planets"]],
    [
      "an entity that is wrong",
      post("/table/apply", { regions: { "us-east-1": { weight: "x" } } }),
      ["/regions/us-east-1/weight"],
    ],
    ["a dangling reference", post("/backends", { id: "b", region: "mars", url: "http://b" }), ["/region"]],
    ["a patch that breaks an entity", ["PATCH", "/backends/us-east-1-a", { body: { url: "http://x/path" } }], ["/url"]],
    ["a patch with an unknown field", ["PATCH", "/regions/us-east-1", { body: { colour: "red" } }], ["/colour"]],
    ["a limit of 0", ["GET", "/regions?limit=0", {}], ["?limit"]],
    ["a limit of 501", ["GET", "/regions?limit=501", {}], ["?limit"]],
    ["a cursor that is none", ["GET", "/regions?cursor=!", {}], ["?cursor"]],
    ["a cursor of another list", ["GET", "/table/history?cursor=abcd", {}], ["?cursor"]],
    ["a parameter twice", ["GET", "/regions?limit=1&limit=2", {}], ["?limit"]],
    ["an unknown parameter", ["GET", "/table?colour=red", {}], ["?colour"]],
    ["a since that is none", ["GET", "/health/regions/us-east-1?since=yesterday", {}], ["?since"]],
    ["a path that is no CIDR", ["DELETE", "/blacklist/mars", {}], ["{cidr}"]],
  ])("names each that is wrong: %s", async (_name, [method, path, options], paths) => {
    const before = await world.state();
    const reply = await world.call(method, path, options);
    expect(reply.status).toBe(422);
    expect(reply.headers.get("Content-Type")).toBe("application/problem+json");
    expect(reply.body.errors.map((error: { path: string }) => error.path)).toEqual(paths);
    for (const error of reply.body.errors) expect(error.detail).not.toBe("");
    expect(await world.state()).toBe(before);
  });
});

describe("preconditions", () => {
  const patch = (ifMatch: string) =>
    world.call("PATCH", "/regions/us-east-1", { body: { weight: 7 }, headers: { "If-Match": ifMatch } });

  it.each(['"1"', "*", '"0", "1"', ' "1" '])("writes when If-Match is %s at epoch 1", async (ifMatch) => {
    const { status, headers } = await patch(ifMatch);
    expect([status, headers.get("ETag")]).toEqual([200, '"2"']);
  });

  it.each<[string, string, CallOptions["body"]]>([
    ["POST", "/table/apply", { regions: { "us-east-1": { weight: 7 } } }],
    ["POST", "/table/rollback", { epoch: 1, reason: "r" }],
    ["POST", "/residency", { id: "all", regions: ["us-east-1"] }],
    ["PUT", "/residency/us", { regions: ["us-east-1"] }],
    ["PATCH", "/regions/us-east-1", { weight: 7 }],
    ["DELETE", "/residency/us", undefined],
    ["PUT", "/weights", { "us-east-1": 7 }],
    ["POST", "/blacklist", { cidr: "203.0.113.9", reason: "r" }],
  ])("answers 412 to %s %s with a stale If-Match, and changes nothing", async (method, path, body) => {
    const before = await world.state();
    for (const ifMatch of ['"0"', 'W/"1"', '"abc"']) {
      const options = { headers: { "If-Match": ifMatch }, ...(body === undefined ? {} : { body }) };
      const reply = await world.call(method, path, options);
      expect([reply.status, reply.body.type]).toEqual([412, "/problems/stale"]);
    }
    expect(await world.state()).toBe(before);
  });

  it.each(["1", '"1', "W/1", '"1" "2"', "", '"a"b"'])("answers 400 to If-Match: %s", async (ifMatch) => {
    const before = await world.state();
    const reply = await patch(ifMatch);
    expect([reply.status, reply.body.type]).toEqual([400, "/problems/bad-precondition"]);
    expect(await world.state()).toBe(before);
  });

  it.each([
    ['"1"', 304],
    ['W/"1"', 304],
    ['"0", "1"', 304],
    ["*", 304],
    ['"0"', 200],
  ])("answers a read with If-None-Match %s by %i", async (ifNoneMatch, expected) => {
    for (const path of ["/table", "/regions", "/regions/us-east-1", "/weights", "/blacklist"]) {
      const { status, headers, body } = await world.call("GET", path, { headers: { "If-None-Match": ifNoneMatch } });
      expect([status, headers.get("ETag"), body === null]).toEqual([expected, '"1"', expected === 304]);
    }
  });

  it("tries again when another writer was faster and no epoch was asked for", async () => {
    const other = { actor: { principal: "other", requestId: "o" }, summary: "", ifEpoch: null };
    let turns = 1;
    world.table.beforeApply = async () => {
      if (turns-- > 0) await world.table.apply({ regions: { "us-west-2": { weight: 3 } } }, other);
    };
    expect((await world.call("PATCH", "/regions/us-east-1", { body: { weight: 7 } })).status).toBe(200);
    expect((await world.call("GET", "/weights")).body).toMatchObject({ "us-east-1": 7, "us-west-2": 3 });
  });

  it("gives up when other writers are always faster", async () => {
    const other = { actor: { principal: "other", requestId: "o" }, summary: "", ifEpoch: null };
    let weight = 0;
    const race = async () => {
      world.table.beforeApply = async () => undefined;
      await world.table.apply({ regions: { "us-west-2": { weight: ++weight } } }, other);
      world.table.beforeApply = race;
    };
    world.table.beforeApply = race;
    const reply = await world.call("PATCH", "/regions/us-east-1", { body: { weight: 7 } });
    expect([reply.status, reply.body.type, weight]).toEqual([503, "/problems/unavailable", 5]);
  });

  it("answers 412 when another writer was faster than the epoch asked for", async () => {
    const other = { actor: { principal: "other", requestId: "o" }, summary: "", ifEpoch: null };
    world.table.beforeApply = async () => {
      world.table.beforeApply = async () => undefined;
      await world.table.apply({ regions: { "us-west-2": { weight: 3 } } }, other);
    };
    expect((await patch('"1"')).status).toBe(412);
    expect((await world.call("GET", "/weights")).body).toMatchObject({ "us-east-1": 100 });
  });
});

describe("failures", () => {
  it.each([
    ["GET", "/table", undefined],
    ["GET", "/regions", undefined],
    ["GET", "/health", undefined],
    ["POST", "/table/plan", {}],
    ["POST", "/table/apply", {}],
    ["PUT", "/weights", {}],
    ["DELETE", "/blacklist/203.0.113.9", undefined],
  ])("answers 503 to %s %s while the table cannot be reached", async (method, path, body) => {
    world.table.unreachable = true;
    const reply = await world.call(method, path, body === undefined ? {} : { body });
    expect([reply.status, reply.headers.get("Retry-After")]).toEqual([503, "1"]);
    expect(reply.body).toMatchObject({ type: "/problems/unavailable", requestId: "request-1" });
    expect(JSON.stringify(reply.body)).not.toContain("Network connection lost");
    expect(world.logged).toMatchObject([{ level: "error", requestId: "request-1" }]);
  });

  it("answers 500 without a word of the cause to what nobody expected, and logs it", async () => {
    world.table.plan = async () => ({ epoch: 1n as unknown as number, changes: [], objections: [] });
    const reply = await world.call("POST", "/table/plan", { body: {} });
    expect(reply.status).toBe(500);
    expect(reply.body).toEqual({
      status: 500,
      type: "/problems/unexpected",
      title: "Something went wrong here; it has been logged",
      requestId: "request-1",
    });
    expect(world.logged).toMatchObject([{ level: "error", requestId: "request-1", cause: expect.any(TypeError) }]);
  });
});

it("does not pass over an If-Match that has nothing to be held against", async () => {
  const headers = { "If-Match": '"1"' };
  const { status, body } = await world.call("PUT", "/roles/dialler", { headers, body: { permissions: ["weights:*"] } });
  expect([status, body.type]).toEqual([412, "/problems/unversioned"]);
  expect((await world.call("GET", "/roles")).body.items).toHaveLength(4);
  const any = { headers: { "If-Match": "*" }, body: { permissions: ["weights:*"] } };
  expect((await world.call("PUT", "/roles/dialler", any)).status).toBe(201);
  const read = { headers: { "If-Match": "x", "Idempotency-Key": "with space" } };
  expect((await world.call("GET", "/weights", read)).status).toBe(200);
});

it.each([
  ["a good one", "GET", "/table", {}, 200],
  ["a refused one", "GET", "/nothing", {}, 404],
  ["one not let in", "GET", "/table", { Authorization: "no" }, 401],
  ["one without a body", "GET", "/table", { "If-None-Match": '"1"' }, 304],
])("dresses every answer: %s", async (_name, method, path, headers, expected) => {
  const reply = await world.call(method, path, { headers: { "X-Request-Id": "theirs", ...headers } });
  expect(reply.status).toBe(expected);
  expect(Object.fromEntries(reply.headers)).toMatchObject({
    "x-request-id": "request-1",
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
  });
});
