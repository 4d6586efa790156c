import { beforeEach, describe, expect, it } from "vitest";
import { createWorld, TOKEN, type World } from "./world.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
});

const admin = { id: "root", name: "admin", kind: "machine", credential: "root-token" };
const results = () =>
  world.audit.entries.map(({ action, result }) => [action.method, action.path, result.outcome, result.status]);
const strange = (ip: string, path = "/api/v1/table") =>
  world.fetch(new Request(`http://control.test${path}`, { headers: { "CF-Connecting-IP": ip } }));

describe("a write", () => {
  it("is recorded before and after, with what it changed", async () => {
    const headers = { "CF-Connecting-IP": "203.0.113.9" };
    await world.call("PATCH", "/regions/us-east-1", { body: { weight: 7 }, headers });
    const common = {
      principal: admin,
      address: "203.0.113.9",
      action: { permission: "table:write", method: "PATCH", path: "/regions/:id" },
      target: "regions/us-east-1",
      requestId: "request-1",
      attempts: 1,
    };
    expect(world.audit.entries).toMatchObject([
      { ...common, changes: [], result: { outcome: "begun", status: null, reason: null } },
      {
        ...common,
        changes: [{ what: "regions/us-east-1", before: { weight: 100 }, after: { weight: 7 } }],
        result: { outcome: "done", status: 200, reason: null },
      },
    ]);
  });

  it.each([
    ["POST", "/table/apply", { regions: { "us-east-1": { weight: 7 } } }],
    ["POST", "/residency", { id: "all", regions: ["us-east-1"] }],
    ["PUT", "/residency/us", { regions: ["us-east-1"] }],
    ["DELETE", "/residency/us", undefined],
    ["PUT", "/weights", { "us-east-1": 7 }],
    ["POST", "/blacklist", { cidr: "203.0.113.9", reason: "r" }],
  ])("tells its changes: %s %s", async (method, path, body) => {
    await world.call(method, path, body === undefined ? {} : { body });
    expect(world.audit.entries.at(-1)?.changes).toHaveLength(1);
  });

  it("does not happen when it cannot be recorded", async () => {
    const before = await world.state();
    world.audit.unreachable = true;
    for (const [method, path, body] of [
      ["PUT", "/weights", { "us-east-1": 7 }],
      ["DELETE", "/residency/us", undefined],
      ["POST", "/table/rollback", { epoch: 0, reason: "r" }],
    ] as const) {
      const reply = await world.call(method, path, body === undefined ? {} : { body });
      expect([reply.status, reply.body.detail]).toEqual([503, "the audit log cannot be reached"]);
    }
    expect(await world.state()).toBe(before);
    world.audit.unreachable = false;
    expect((await world.call("PUT", "/weights", { body: { "us-east-1": 7 } })).status).toBe(200);
  });

  it("is answered when only its end cannot be recorded, which is logged", async () => {
    world.table.beforeApply = async () => {
      world.audit.unreachable = true;
    };
    expect((await world.call("PUT", "/weights", { body: { "us-east-1": 7 } })).status).toBe(200);
    expect(world.logged).toMatchObject([{ level: "error", message: "the audit log cannot be reached" }]);
    expect(results()).toEqual([["PUT", "/weights", "begun", null]]);
  });

  it("that could not be carried out for sure has failed", async () => {
    world.table.unreachable = true;
    await world.call("PUT", "/weights", { body: { "us-east-1": 7 } });
    expect(results().at(-1)).toEqual(["PUT", "/weights", "failed", 503]);
    world.table.unreachable = false;
    world.table.apply = async () => undefined as never;
    await world.call("POST", "/table/apply", { body: {} });
    expect(results().at(-1)).toEqual(["POST", "/table/apply", "failed", 500]);
  });

  it("that is repeated under its key changes nothing more", async () => {
    const options = { body: { "us-east-1": 7 }, headers: { "Idempotency-Key": "k" } };
    await world.call("PUT", "/weights", options);
    await world.call("PUT", "/weights", options);
    expect(world.audit.entries.map(({ changes, result }) => [result.outcome, changes.length])).toEqual([
      ["begun", 0],
      ["done", 1],
      ["done", 0],
    ]);
  });
});

describe("a refused attempt", () => {
  it.each([
    ["a wrong field", { body: { "us-east-1": -1 } }, 422, "invalid"],
    ["no JSON", { raw: "{" }, 400, "malformed"],
    ["a bad precondition", { body: {}, headers: { "If-Match": "x" } }, 400, "bad-precondition"],
  ])("to write is one entry: %s", async (_name, options, status, reason) => {
    await world.call("PUT", "/weights", options);
    expect(world.audit.entries.map(({ result }) => result)).toEqual([{ outcome: "refused", status, reason }]);
  });

  it("is told from one that has begun: stale", async () => {
    await world.call("PUT", "/weights", { body: { "us-east-1": 7 }, headers: { "If-Match": '"0"' } });
    expect(results()).toEqual([
      ["PUT", "/weights", "begun", null],
      ["PUT", "/weights", "refused", 412],
    ]);
  });

  it("without a token is one entry, without what came as a token", async () => {
    const url = "http://control.test/api/v1/weights?token=secret";
    await world.fetch(new Request(url, { method: "PUT", headers: { Authorization: `Bearer x${TOKEN}` } }));
    expect(world.audit.entries).toMatchObject([
      {
        principal: null,
        action: { permission: "weights:write", method: "PUT", path: "/weights" },
        target: "weights",
        result: { outcome: "refused", status: 401, reason: "unauthenticated" },
      },
    ]);
    expect(JSON.stringify(world.audit.sealed)).not.toMatch(/secret|a-token-of/);
  });

  it("stays an answer when it cannot be recorded", async () => {
    world.audit.unreachable = true;
    expect((await strange("203.0.113.9")).status).toBe(401);
  });
});

it("counts a flood of strangers: an entry for each of a few addresses, and one for all others", async () => {
  for (let i = 0; i < 500; i++) await strange(`203.0.113.${i % 50}`, `/api/v1/${i}`);
  expect(world.audit.entries).toHaveLength(8);
  await world.elapse();
  expect(world.audit.entries).toHaveLength(8 + 8 + 1);
  const counted = world.audit.entries.slice(8);
  expect(counted.reduce((sum, { attempts }) => sum + attempts, 0)).toBe(500 - 8);
  expect(counted.filter(({ address }) => address === null)).toMatchObject([{ attempts: 420 }]);
  await strange("203.0.113.1");
  expect(world.audit.entries).toHaveLength(18);
});

it.each([
  ["GET", "/table", undefined],
  ["GET", "/regions/nothing", undefined],
  ["POST", "/table/plan", {}],
  ["GET", "/audit/heads", undefined],
  ["GET", "/audit/verify", undefined],
])("keeps no record of %s %s", async (method, path, body) => {
  await world.call(method, path, body === undefined ? {} : { body });
  expect(world.audit.entries).toEqual([]);
});

describe("the log", () => {
  beforeEach(async () => {
    await world.call("PUT", "/weights", { body: { "us-east-1": 7 } });
    world.clock.now += 60_000;
    await world.call("DELETE", "/residency/us");
  });

  const requestIds = async (query: string) => {
    const { status, body } = await world.call("GET", `/audit${query}`);
    return status === 200 ? body.items.map((item: { seq: number }) => item.seq) : status;
  };

  it.each([
    ["", [4, 3, 2, 1]],
    ["?action=weights", [2, 1]],
    ["?action=weights:write", [2, 1]],
    ["?action=weight", []],
    ["?target=regions/us-east-1", [2]],
    ["?target=residency", [4, 3]],
    ["?result=begun", [3, 1]],
    ["?principal=admin&since=30s", [4, 3]],
    ["?until=30s", [2, 1]],
    ["?principal=bob", []],
    ["?result=perhaps", 422],
    ["?cursor=x", 422],
    ["?color=red", 422],
  ])("is searched by %s", async (query, expected) => {
    expect(await requestIds(query)).toEqual(expected);
  });

  it("is read page by page, and keeps that it was read", async () => {
    const first = await world.call("GET", "/audit?limit=3");
    const rest = await world.call("GET", `/audit?limit=3&cursor=${first.body.cursor}`);
    expect(rest.body.items).toMatchObject([{ seq: 1, at: "2026-11-23T12:00:00.000Z", hash: expect.any(String) }]);
    expect(rest.body.cursor).toBeUndefined();
    expect(results().slice(4)).toEqual([
      ["GET", "/audit", "done", 200],
      ["GET", "/audit", "done", 200],
    ]);
  });

  it("is not shown to anybody whose reading cannot be recorded", async () => {
    world.audit.append = () => Promise.reject(new Error("Network connection lost."));
    for (const path of ["/audit", "/audit/export"]) expect((await world.call("GET", path)).status).toBe(503);
  });

  it("is verified here, and says what is wrong", async () => {
    const good = await world.call("GET", "/audit/verify");
    expect(good.body).toMatchObject({ intact: true, entries: 4, first: 1, last: 4, heads: 1, signedUpTo: 4 });
    world.audit.sealed.splice(1, 1);
    const bad = await world.call("GET", "/audit/verify");
    expect(bad.body).toMatchObject({ intact: false, broken: { kind: "missing", seq: 2, until: 2 } });
  });

  it("answers 503 while it cannot be reached", async () => {
    world.audit.unreachable = true;
    for (const path of ["/audit", "/audit/export", "/audit/heads", "/audit/verify"])
      expect((await world.call("GET", path)).status).toBe(503);
  });
});

it("keeps what a revoked token was, and no token that stands in the place of its id", async () => {
  await world.admit({ name: "robot", kind: "machine", roles: ["operator"] });
  const { token, id } = (await world.call("POST", "/tokens", { body: { principal: "robot", name: "ci" } })).body;
  expect((await world.call("DELETE", `/tokens/${token}`)).status).toBe(404);
  expect(JSON.stringify(world.audit.entries)).not.toContain(token.slice(4));
  expect(world.audit.entries.at(-1)?.target).toBe("tokens/[redacted]");
  await world.call("DELETE", `/tokens/${id}`);
  expect(world.audit.entries.at(-1)?.changes).toMatchObject([
    { what: `tokens/${id}`, before: { id, principal: "robot", name: "ci", limit: null }, after: null },
  ]);
});
