import { beforeEach, describe, expect, it } from "vitest";
import { type BackendId, backendIdSchema } from "../../../src/table/backend.ts";
import { entityName } from "../../../src/table/entity-name.ts";
import type { Vote } from "../../../src/table/verdict.ts";
import { addressRuleDetailSchema, addressRuleEntrySchema } from "../../../workers/control/schema/address-rule.ts";
import {
  backendEntrySchema,
  entityPaths,
  entitySections,
  limitEntrySchema,
  policyEntrySchema,
  regionEntrySchema,
  residencyEntrySchema,
  serviceEntrySchema,
} from "../../../workers/control/schema/entity.ts";
import { controlHealthSchema, regionHealthSchema } from "../../../workers/control/schema/health.ts";
import { latencyEntrySchema } from "../../../workers/control/schema/latency.ts";
import { pageSchema } from "../../../workers/control/schema/page.ts";
import {
  appliedSchema,
  historyEntrySchema,
  tableDocumentSchema,
  tablePlanSchema,
} from "../../../workers/control/schema/table.ts";
import { weightsSchema } from "../../../workers/control/schema/weights.ts";
import { createWorld, frankfurt, NOW, type World } from "./world.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
});

describe("the table", () => {
  it("shows itself whole, but for the addresses, which it counts", async () => {
    await world.call("POST", "/blacklist", { body: { cidr: "203.0.113.9", reason: "r" } });
    const { status, headers, body } = await world.call("GET", "/table");
    expect([status, headers.get("ETag")]).toEqual([200, '"2"']);
    const table = tableDocumentSchema.parse(body);
    expect(table).toMatchObject({ epoch: 2, counts: { blacklist: 1, allowlist: 0 } });
    expect(Object.keys(table.regions)).toEqual(["us-east-1", "us-west-2"]);
    expect(table.latency["colo:FRA"]).toEqual({ "us-east-1": 93 });
  });

  it("plans without applying", async () => {
    const before = await world.state();
    const { status, body } = await world.call("POST", "/table/plan", {
      body: { regions: { "us-east-1": { weight: 5 } } },
    });
    expect(status).toBe(200);
    expect(tablePlanSchema.parse(body)).toMatchObject({ epoch: 1, changes: [{ id: "us-east-1" }], objections: [] });
    expect(await world.state()).toBe(before);
  });

  it("plans what it would refuse, with the objections", async () => {
    const { status, body } = await world.call("POST", "/table/plan", { body: { regions: { "us-east-1": null } } });
    expect(status).toBe(200);
    expect(body.objections).not.toEqual([]);
  });

  it("applies, tells what changed, and remembers who and why", async () => {
    const { status, headers, body } = await world.call("POST", "/table/apply", {
      body: { regions: { "us-east-1": { weight: 5 } } },
    });
    expect([status, headers.get("ETag")]).toEqual([200, '"2"']);
    expect(appliedSchema.parse(body)).toMatchObject({ epoch: 2, changes: [{ section: "regions", id: "us-east-1" }] });
    const history = await world.call("GET", "/table/history");
    expect(pageSchema(historyEntrySchema).parse(history.body).items[0]).toMatchObject({
      epoch: 2,
      at: "2026-11-23T12:00:00.000Z",
      principal: "admin",
      requestId: "request-1",
      summary: "apply a patch to regions",
    });
  });

  it("pages its history, newest first", async () => {
    for (const weight of [1, 2, 3]) await world.call("PUT", "/weights", { body: { "us-east-1": weight } });
    const first = await world.call("GET", "/table/history?limit=3");
    expect(first.body.items.map((entry: { epoch: number }) => entry.epoch)).toEqual([4, 3, 2]);
    const second = await world.call("GET", `/table/history?limit=3&cursor=${first.body.cursor}`);
    expect(second.body).toMatchObject({ items: [{ epoch: 1 }] });
    expect(second.body.cursor).toBeUndefined();
  });

  it("rolls back to an epoch as a new epoch, and tells before what that would change", async () => {
    await world.call("PUT", "/weights", { body: { "us-east-1": 5 } });
    const plan = await world.call("POST", "/table/rollback/plan", { body: { epoch: 1 } });
    expect(plan).toMatchObject({
      status: 200,
      body: { epoch: 2, changes: [{ section: "regions", id: "us-east-1" }], objections: [], warnings: [] },
    });
    expect((await world.call("POST", "/table/rollback/plan", { body: { epoch: 99 } })).status).toBe(422);
    const { status, body } = await world.call("POST", "/table/rollback", { body: { epoch: 1, reason: "a slip" } });
    expect([status, body.epoch]).toEqual([200, 3]);
    expect((await world.call("GET", "/weights")).body["us-east-1"]).toBe(100);
    const history = await world.call("GET", "/table/history?limit=1");
    expect(history.body.items[0].summary).toBe("roll back to 1: a slip");
  });
});

const entries = {
  regions: { schema: regionEntrySchema, made: { id: "eu-central-1", ...frankfurt }, changed: { weight: 5 } },
  backends: {
    schema: backendEntrySchema,
    made: { id: "us-east-1-b", region: "us-east-1", url: "http://127.0.0.1:9003" },
    changed: { weight: 5 },
  },
  services: {
    schema: serviceEntrySchema,
    made: { id: "shop", hosts: ["shop.example"], policy: "fastest" },
    changed: { maxRetries: 1 },
  },
  limits: {
    schema: limitEntrySchema,
    made: { id: "hourly", rate: 100, periodSeconds: 3600 },
    changed: { burst: 5 },
  },
  policies: { schema: policyEntrySchema, made: { id: "near", kind: "geo" }, changed: { toleranceKm: 5 } },
  residency: {
    schema: residencyEntrySchema,
    made: { id: "east", regions: ["us-east-1"] },
    changed: { regions: ["us-west-2"] },
  },
} as const;

// Zones, which keep their own serial, have a test of their own.
describe.each(entitySections.filter((section) => section !== "zones"))("%s", (section) => {
  const { schema, made, changed } = entries[section];
  const list = entityPaths[section];
  const path = `${list}/${made.id}`;

  it("creates, shows, changes, replaces and deletes", async () => {
    const created = await world.call("POST", list, { body: made });
    expect(created.status).toBe(201);
    expect(created.headers.get("Location")).toBe(`/api/v1${path}`);
    expect(schema.parse(created.body)).toMatchObject(made);

    const shown = await world.call("GET", path);
    expect([shown.status, shown.headers.get("ETag"), shown.body]).toEqual([200, '"2"', created.body]);

    const patched = await world.call("PATCH", path, { body: changed });
    expect([patched.status, patched.headers.get("ETag")]).toEqual([200, '"3"']);
    expect(patched.body).toEqual({ ...created.body, ...changed });

    const replaced = await world.call("PUT", path, { body: made });
    expect([replaced.status, replaced.body]).toEqual([200, created.body]);

    const again = await world.call("PUT", path, { body: created.body });
    expect([again.status, again.headers.get("ETag"), again.body]).toEqual([200, '"4"', created.body]);

    const deleted = await world.call("DELETE", path);
    expect([deleted.status, deleted.body]).toEqual([204, null]);
    expect((await world.call("GET", path)).status).toBe(404);
  });

  it("does not create what exists", async () => {
    await world.call("POST", list, { body: made });
    const before = await world.state();
    const { status, body } = await world.call("POST", list, { body: made });
    expect([status, body.type, body.detail]).toEqual([409, "/problems/exists", entityName(section, made.id)]);
    expect(await world.state()).toBe(before);
  });

  it.each([
    ["GET", undefined],
    ["PUT", made],
    ["PATCH", changed],
    ["DELETE", undefined],
  ])("answers 404 to %s of what is absent, and changes nothing", async (method, body) => {
    const before = await world.state();
    const reply = await world.call(method, path, body === undefined ? {} : { body });
    expect([reply.status, reply.body.type]).toEqual([404, "/problems/absent"]);
    expect(await world.state()).toBe(before);
  });

  it("lists by id, a page at a time", async () => {
    await world.call("POST", list, { body: made });
    const ids: string[] = [];
    let cursor = "";
    for (let pages = 0; pages === 0 || cursor !== ""; pages++) {
      const { status, body } = await world.call("GET", `${list}?limit=1${cursor}`);
      expect(status).toBe(200);
      ids.push(
        ...pageSchema(schema)
          .parse(body)
          .items.map(({ id }) => id),
      );
      cursor = body.cursor === undefined ? "" : `&cursor=${body.cursor}`;
    }
    const whole = await world.call("GET", list);
    expect(ids).toEqual([...ids].sort());
    expect(ids).toEqual(whole.body.items.map(({ id }: { id: string }) => id));
    expect(ids).toContain(made.id);
  });
});

describe("replacing", () => {
  it("removes what the new entity does not have, at any depth", async () => {
    const shop = { hosts: ["shop.example"], policy: "fastest" };
    const bound = { id: "shop", ...shop, affinity: { kind: "cookie", ttlSeconds: 60 }, hedgeAfterMs: 50 };
    await world.call("POST", "/services", { body: bound });
    const replaced = await world.call("PUT", "/services/shop", { body: { ...shop, affinity: { kind: "none" } } });
    expect(replaced.body).toMatchObject({ affinity: { kind: "none" }, hedgeAfterMs: null });
    expect(replaced.body.affinity).toEqual({ kind: "none" });
  });

  it("takes null where a field may be null", async () => {
    const body = { region: "us-east-1", url: "http://127.0.0.1:9009", loadPath: null };
    expect((await world.call("POST", "/backends", { body: { id: "b", ...body } })).body.loadPath).toBeNull();
    await world.call("PATCH", "/backends/b", { body: { loadPath: "/load" } });
    expect((await world.call("PUT", "/backends/b", { body })).body.loadPath).toBeNull();
    const { loadPath: _absent, ...rest } = body;
    expect((await world.call("PUT", "/backends/b", { body: rest })).body.loadPath).toBe("/load");
  });

  it("turns a policy into one of another kind", async () => {
    await world.call("POST", "/policies", { body: { id: "p", kind: "failover", order: ["us-east-1"] } });
    const replaced = await world.call("PUT", "/policies/p", { body: { kind: "weighted" } });
    expect([replaced.status, replaced.body]).toEqual([200, { id: "p", kind: "weighted" }]);
  });
});

it.each([
  ["a region with backends", "/regions/us-east-1"],
  ["a policy in use", "/policies/fastest"],
])("does not delete %s", async (_name, path) => {
  const before = await world.state();
  const { status, body } = await world.call("DELETE", path);
  expect([status, body.type]).toEqual([409, "/problems/in-use"]);
  expect(body.errors).not.toEqual([]);
  expect(await world.state()).toBe(before);
});

it("does not delete the last backend of a service", async () => {
  expect((await world.call("DELETE", "/backends/us-east-1-a")).status).toBe(204);
  const { status, body } = await world.call("DELETE", "/backends/us-west-2-a");
  expect([status, body.errors[0].code]).toEqual([409, "last-backend"]);
});

describe("weights", () => {
  it("shows those of regions and backends, and sets those named", async () => {
    const before = await world.call("GET", "/weights");
    expect(weightsSchema.parse(before.body)).toEqual({
      "us-east-1": 100,
      "us-west-2": 100,
      "us-east-1-a": 100,
      "us-west-2-a": 100,
    });
    const set = await world.call("PUT", "/weights", { body: { "us-east-1": 50, "us-west-2-a": 0.5 } });
    expect([set.status, set.headers.get("ETag")]).toEqual([200, '"2"']);
    expect(set.body).toEqual({ ...before.body, "us-east-1": 50, "us-west-2-a": 0.5 });
    expect((await world.call("GET", "/weights")).body).toEqual(set.body);
  });

  it("sets nothing when nothing is named", async () => {
    const { status, headers } = await world.call("PUT", "/weights", { body: {} });
    expect([status, headers.get("ETag")]).toEqual([200, '"1"']);
  });

  it("takes a name that a region and a backend share for the region's", async () => {
    const body = { id: "us-east-1", region: "us-east-1", url: "http://127.0.0.1:9009", weight: 3 };
    await world.call("POST", "/backends", { body });
    await world.call("PUT", "/weights", { body: { "us-east-1": 8 } });
    expect((await world.call("GET", "/weights")).body["us-east-1"]).toBe(8);
    expect((await world.call("GET", "/regions/us-east-1")).body.weight).toBe(8);
    expect((await world.call("GET", "/backends/us-east-1")).body.weight).toBe(3);
  });
});

describe("the blacklist", () => {
  const add = (body: object) => world.call("POST", "/blacklist", { body });

  it("takes an address for an hour", async () => {
    const { status, headers, body } = await add({ cidr: "203.0.113.9", reason: "scans" });
    expect(status).toBe(201);
    expect(headers.get("Location")).toBe("/api/v1/blacklist/203.0.113.9%2F32");
    const { goodClients, ...entry } = addressRuleDetailSchema.parse(body);
    expect(goodClients).toEqual({ held: 0, known: 0 });
    expect(entry).toEqual({
      cidr: "203.0.113.9/32",
      reason: "scans",
      createdAt: "2026-11-23T12:00:00.000Z",
      expiresAt: "2026-11-23T13:00:00.000Z",
      ttlSeconds: 3600,
    });
    const list = await world.call("GET", "/blacklist");
    expect(pageSchema(addressRuleEntrySchema).parse(list.body)).toEqual({ items: [entry] });
  });

  it("takes a v6 address alone for its /64, and for itself where /128 is written", async () => {
    expect((await add({ cidr: "2001:db8:1:2:3::9", reason: "r" })).body.cidr).toBe("2001:db8:1:2::/64");
    expect((await add({ cidr: "2001:db8:1:2:3::9/128", reason: "r" })).body).toMatchObject({
      cidr: "2001:db8:1:2:3::9/128",
      coveredBy: ["2001:db8:1:2::/64"],
    });
    expect((await world.call("GET", "/blacklist/2001:db8:1:2::1")).body.cidr).toBe("2001:db8:1:2::/64");
    expect((await world.call("DELETE", "/blacklist/2001:db8:1:2::1")).status).toBe(204);
    const left = await world.call("GET", "/blacklist");
    expect(left.body.items).toMatchObject([{ cidr: "2001:db8:1:2:3::9/128" }]);
  });

  it("makes an entry anew when it is posted again", async () => {
    await add({ cidr: "2001:DB8::/32", reason: "one" });
    world.clock.now += 60_000;
    const { status, body } = await add({ cidr: "2001:db8:0::/32", reason: "two", ttlSeconds: 10 });
    expect(status).toBe(200);
    expect(body).toMatchObject({ cidr: "2001:db8::/32", reason: "two", ttlSeconds: 10 });
    expect(body.expiresAt).toBe("2026-11-23T12:01:10.000Z");
    const { goodClients: _, before, warnings, ...entry } = body;
    expect((await world.call("GET", "/blacklist")).body.items).toEqual([entry]);
    expect(before).toEqual({ reason: "one", expiresAt: "2026-11-23T13:00:00.000Z" });
    expect(warnings).toMatchObject([{ code: "shortens-entry" }]);
  });

  it("forgets an entry when its time is over", async () => {
    await add({ cidr: "203.0.113.9", reason: "r", ttlSeconds: 10 });
    world.clock.now += 10_000;
    expect((await world.call("GET", "/blacklist")).body.items).toEqual([]);
    expect((await world.call("GET", "/blacklist/203.0.113.9")).status).toBe(404);
    expect((await world.call("DELETE", "/blacklist/203.0.113.9")).status).toBe(404);
    expect((await add({ cidr: "203.0.113.9", reason: "r" })).status).toBe(201);
  });

  it.each([
    ["a bare address", "203.0.113.9", "203.0.113.9"],
    ["a raw slash", "203.0.113.9", "203.0.113.9/32"],
    ["an encoded slash", "203.0.113.9", "203.0.113.9%2F32"],
    ["a network", "203.0.113.0/24", "203.0.113.0/24"],
    ["a v6 network", "2001:db8::/32", "2001:DB8:0::/32"],
    ["a v6 network, encoded", "2001:db8::/32", "2001%3Adb8%3A%3A%2F32"],
    ["a v4-mapped address", "203.0.113.9", "::ffff:203.0.113.9"],
  ])("removes %s", async (_name, cidr, path) => {
    await add({ cidr, reason: "r" });
    expect((await world.call("GET", `/blacklist/${path}`)).status).toBe(200);
    expect((await world.call("DELETE", `/blacklist/${path}`)).status).toBe(204);
    const gone = await world.call("DELETE", `/blacklist/${path}`);
    expect([gone.status, gone.body.type]).toEqual([404, "/problems/absent"]);
    expect((await world.call("GET", "/blacklist")).body.items).toEqual([]);
  });

  it("pages", async () => {
    for (const last of [1, 2, 3]) await add({ cidr: `203.0.113.${last}`, reason: "r" });
    const first = await world.call("GET", "/blacklist?limit=2");
    expect(first.body.items).toHaveLength(2);
    const second = await world.call("GET", `/blacklist?limit=2&cursor=${first.body.cursor}`);
    expect(second.body).toMatchObject({ items: [{ cidr: "203.0.113.3/32" }] });
    expect(second.body.cursor).toBeUndefined();
  });
});

describe("the allowlist", () => {
  it("has no end unless told", async () => {
    const { status, body } = await world.call("POST", "/allowlist", {
      body: { cidr: "198.51.100.0/24", reason: "ours" },
    });
    expect([status, body.expiresAt, body.ttlSeconds]).toEqual([201, null, null]);
    const ended = { cidr: "198.51.100.0/24", reason: "ours", ttlSeconds: 60 };
    const second = await world.call("POST", "/allowlist", { body: ended });
    expect([second.status, second.body.ttlSeconds]).toEqual([200, 60]);
    const third = await world.call("POST", "/allowlist", { body: { cidr: "198.51.100.0/24", reason: "ours" } });
    expect([third.status, third.body.expiresAt]).toEqual([200, null]);
    expect((await world.call("DELETE", "/allowlist/198.51.100.0/24")).status).toBe(204);
  });
});

it.each([
  ["", { "us-east-1": { "us-east-1": 6, "us-west-2": 64 }, "colo:FRA": { "us-east-1": 93 } }],
  ["?source=us-east-1", { "us-east-1": { "us-east-1": 6, "us-west-2": 64 } }],
  ["?source=colo:FRA", { "colo:FRA": { "us-east-1": 93 } }],
  ["?target=us-west-2", { "us-east-1": { "us-west-2": 64 } }],
  ["?source=us-east-1&target=us-west-2", { "us-east-1": { "us-west-2": 64 } }],
  ["?source=us-west-2", {}],
])("shows the latency matrix%s", async (query, expected) => {
  const { status, body } = await world.call("GET", `/latency-matrix${query}`);
  expect(status).toBe(200);
  const { items } = pageSchema(latencyEntrySchema).parse(body);
  expect(Object.fromEntries(items.map(({ source, targets }) => [source, targets]))).toEqual(expected);
});

describe("health", () => {
  const vote: Vote = {
    status: "up",
    since: NOW - 60_000,
    checkedAt: NOW - 1000,
    latencyMs: 12,
    load: { cpu: 0.2, memory: 0.4, disk: 0, network: 0, inFlight: 0.1 },
    recoveredAt: null,
    vantage: "weur",
    detail: "200",
    confirming: false,
  };
  const down: Vote = { ...vote, status: "down", latencyMs: null, load: null, detail: "connection refused" };
  const id = (text: string): BackendId => backendIdSchema.parse(text);
  const report = (votes: Readonly<Record<string, Vote>>) =>
    world.table.report(Object.entries(votes).map(([backend, vote]) => ({ backend: id(backend), vote })));
  const second = (state: string) =>
    world.call("POST", "/backends", {
      body: { id: "us-east-1-b", region: "us-east-1", url: "http://127.0.0.1:9003", state },
    });

  it("tells of the control plane itself", async () => {
    world.clock.now += 90_000;
    const { status, body } = await world.call("GET", "/health");
    expect([status, controlHealthSchema.parse(body)]).toEqual([200, { status: "up", epoch: 1, ageSeconds: 90 }]);
  });

  it.each<[string, Readonly<Record<string, Vote>>, string, string]>([
    ["nobody has looked", {}, "active", "unknown"],
    ["all are up", { "us-east-1-a": vote, "us-east-1-b": vote }, "active", "up"],
    ["one is down", { "us-east-1-a": vote, "us-east-1-b": down }, "active", "degraded"],
    ["all are down", { "us-east-1-a": down, "us-east-1-b": down }, "active", "down"],
    ["one is up and one not checked", { "us-east-1-a": vote }, "active", "up"],
    ["the one that is down is disabled", { "us-east-1-a": vote, "us-east-1-b": down }, "disabled", "up"],
  ])("of a region when %s", async (_name, votes, state, expected) => {
    await second(state);
    await report(votes);
    const { status, body } = await world.call("GET", "/health/regions/us-east-1");
    expect([status, regionHealthSchema.parse(body).status]).toEqual([200, expected]);
  });

  it("puts a region's backends together", async () => {
    await second("active");
    await report({
      "us-east-1-a": vote,
      "us-east-1-b": { ...vote, latencyMs: 20, checkedAt: NOW - 9000, load: null },
    });
    const { body } = await world.call("GET", "/health/regions");
    const [first, other] = pageSchema(regionHealthSchema).parse(body).items;
    expect(first).toMatchObject({
      id: "us-east-1",
      status: "up",
      weight: 100,
      dialPercent: 100,
      backendsUp: 2,
      latencyMs: 16,
      load: { cpu: 0.2, inFlight: 0.1 },
      checkedAt: "2026-11-23T11:59:51.000Z",
    });
    expect(first?.backends.map(({ id, status }) => [id, status])).toEqual([
      ["us-east-1-a", "up"],
      ["us-east-1-b", "up"],
    ]);
    expect(other).toMatchObject({ id: "us-west-2", status: "unknown", checkedAt: null, load: null });
    expect(other?.backends).toMatchObject([{ status: "unknown", checkedAt: null }]);
  });

  it.each(["1h", "3600s", "60m", "2026-11-23T11:00:00Z", "2026-11-23T12:00:00%2B01:00"])("since %s", async (since) => {
    const { status: was, latencyMs, load, vantage, detail } = vote;
    const point = { backend: "us-east-1-a", status: was, latencyMs, load, vantage, detail };
    world.history.push({ at: "2026-11-23T11:30:00.000Z", ...point }, { at: "2026-11-23T10:59:00.000Z", ...point });
    const { status, body } = await world.call("GET", `/health/regions/us-east-1?since=${since}`);
    expect(status).toBe(200);
    expect(regionHealthSchema.parse(body).history).toEqual([world.history[0]]);
    const list = await world.call("GET", `/health/regions?since=${since}`);
    expect(list.body.items.map((region: { history: unknown[] }) => region.history.length)).toEqual([1, 1]);
  });

  it("of no region is 404", async () => {
    expect((await world.call("GET", "/health/regions/mars")).status).toBe(404);
  });
});
