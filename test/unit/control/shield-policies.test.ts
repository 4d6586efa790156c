import { beforeEach, describe, expect, it } from "vitest";
import { Random } from "../../../src/base/random.ts";
import { RequestIds } from "../../../src/request/request-id.ts";
import { admit } from "../../../src/routing/admit.ts";
import { calm } from "../../../src/routing/calm.ts";
import { decide } from "../../../src/routing/decide.ts";
import { Traffic } from "../../../src/routing/traffic.ts";
import { makeView } from "../../../src/routing/view.ts";
import { compileSnapshot } from "../../../src/table/snapshot.ts";
import { makeTrace, type Occasion } from "../../../src/telemetry/trace.ts";
import { dryRunSchema } from "../../../workers/control/schema/dry-run.ts";
import { inquiry } from "../telemetry/inquiries.ts";
import { createWorld, NOW, type World } from "./world.ts";

const ids = new RequestIds(new Random([4, 5, 6]));
let world: World;
beforeEach(async () => {
  world = await createWorld();
});

const course = { outcome: "forwarded", status: 200, tries: [], gaveUp: null, hedges: 0, totalMs: 1, backendMs: 1 };

/** A request that has come through Frankfurt, and is traced. */
async function traced(ip: string, at: number, path = "/", occasion: Occasion = "sampled"): Promise<void> {
  const snapshot = compileSnapshot(await world.table.read());
  const { facts, draw } = inquiry({ now: at, ip, path });
  const admitted = admit(snapshot, facts, at);
  if (admitted.kind !== "admitted") throw new Error(admitted.kind);
  const request = { ...admitted, bound: null };
  const verdict = decide(makeView(snapshot, calm, new Traffic()), request, at, draw);
  const requestId = ids.next("FRA", at);
  const passage = { requestId, facts, snapshot, stale: false, local: calm, request, verdict, at, draw };
  world.traces.push(makeTrace(occasion, passage, [], course));
}

const busy = () => world.demand.push({ colo: "FRA", country: "DE", service: "api", requests: 10_000 });

/** One client floods, and nine others ask once. */
async function record(): Promise<void> {
  busy();
  await world.call("PATCH", "/services/api", { body: { tracePercent: 100 } });
  for (let i = 0; i < 9; i++) await traced(`198.51.${100 + i}.1`, NOW - 9000 + i);
  for (let i = 0; i < 10; i++) await traced("203.0.113.9", NOW - 5000 + i, "/login");
}

const dryRun = (body: object) => world.call("POST", "/shield/policies/dry-run", { body });
const plan = (limits: object) => world.call("POST", "/table/plan", { body: { limits } });

describe("a dry run", () => {
  it("lists who would have been limited, by the network alone", async () => {
    await record();
    const { status, body } = await dryRun({ policy: { rate: 1, burst: 3 } });
    expect(status).toBe(200);
    const run = dryRunSchema.parse(body);
    expect(run).toMatchObject({ matched: 19, keys: 10, limitedKeys: 1, limited: 7, notes: [] });
    expect(run.sample).toEqual({
      requests: 19,
      from: "2026-11-23T11:59:51.000Z",
      to: "2026-11-23T11:59:55.009Z",
      tracePercent: { api: 100 },
      colos: ["FRA"],
      omittedColos: 0,
    });
    expect(run.items).toEqual([
      {
        key: "203.0.113.0/24",
        requests: 10,
        limited: 7,
        firstAt: "2026-11-23T11:59:55.003Z",
        worst: { at: "2026-11-23T11:59:55.000Z", requests: 10, limited: 7 },
      },
    ]);
    expect(JSON.stringify(body)).not.toContain("203.0.113.9");
  });

  it("says by what part of the requests it judges", async () => {
    await record();
    await world.call("PATCH", "/services/api", { body: { tracePercent: 10 } });
    const { body } = await dryRun({ policy: { rate: 100, burst: 30 } });
    expect(body).toMatchObject({ matched: 19, limited: 7, estimated: { matched: 190, limited: 70 } });
    expect(body.notes[0]).toContain("api 10 %");
  });

  it("tries a policy that there is, on the newest requests, without what went wrong", async () => {
    await record();
    await traced("203.0.113.9", NOW - 1, "/login", "failed");
    await world.call("POST", "/shield/policies", { body: { id: "logins", pathPrefix: "/login", rate: 1, burst: 1 } });
    expect((await dryRun({ id: "logins" })).body).toMatchObject({ sample: { requests: 19 }, matched: 10, limited: 9 });
    expect((await dryRun({ id: "logins", limit: 5 })).body).toMatchObject({ sample: { requests: 5 }, limited: 4 });
    expect((await dryRun({ id: "logins", colo: "IAD" })).body).toMatchObject({ sample: { requests: 0, from: null } });
  });

  it("of a key that is not recorded says how many requests match, and no more", async () => {
    await record();
    const { body } = await dryRun({ policy: { key: [{ kind: "cookie", name: "sid" }] } });
    expect(body).toMatchObject({ matched: 19, unkeyed: 19, keys: 0, limited: 0 });
    expect(body.notes[0]).toContain("sid is not recorded");
  });

  it.each([
    ["neither a policy nor an id", {}, 422],
    ["both", { id: "x", policy: {} }, 422],
    ["no such policy", { id: "x" }, 404],
    ["a burst of nothing", { policy: { burst: 0 } }, 422],
    ["too many requests", { policy: {}, limit: 5000 }, 422],
  ])("refuses %s", async (_name, body, status) => {
    expect((await dryRun(body)).status).toBe(status);
  });

  it("changes nothing, and is for who may read", async () => {
    await record();
    const before = await world.state();
    const token = await world.admit({ name: "vic", roles: ["viewer"], secondFactorAgeMs: 0 });
    const body = { policy: { rate: 1, burst: 1 } };
    expect((await world.call("POST", "/shield/policies/dry-run", { body, token })).status).toBe(200);
    expect(await world.state()).toBe(before);
  });
});

const NAMED = expect.stringMatching(/^(whom )?shield policy p /);

describe("a plan warns of a policy", () => {
  it.each<[string, object, string, object]>([
    ["for nothing", { pathPrefix: "/none" }, "matches-nothing", { requests: 19, matched: 0, clients: 0, limited: 0 }],
    ["for everything", {}, "matches-everything", { requests: 19, matched: 19, clients: 10, limited: 0 }],
    ["for many", { pathPrefix: "/login", rate: 1, burst: 1 }, "limits-many", { matched: 10, clients: 1, limited: 1 }],
    ["unknown", { pathPrefix: "/login", key: [{ kind: "cookie", name: "s" }] }, "unchecked", { clients: null }],
  ])("%s", async (_name, fields, code, counts) => {
    await record();
    const { body } = await plan({ p: fields });
    expect(body.objections).toEqual([]);
    expect(body.warnings).toMatchObject([{ code, path: "/limits/p", counts, detail: NAMED }]);
  });

  it("not where nothing speaks against it, nor of what it does not change", async () => {
    await record();
    const logins = { pathPrefix: "/login", rate: 100, burst: 100 };
    expect((await plan({ p: logins })).body.warnings).toEqual([]);
    const { body } = await world.call("POST", "/table/plan", { body: { regions: { "us-east-1": { weight: 3 } } } });
    expect(body.warnings).toEqual([]);
  });

  it("with how little it knows", async () => {
    expect((await plan({ p: {} })).body.warnings).toEqual([]);
    busy();
    expect((await plan({ p: {} })).body.warnings).toMatchObject([{ code: "unchecked", counts: null }]);
  });

  it("with how little it knows of a service that none of the recorded requests was for", async () => {
    await record();
    const services = { web: { hosts: ["web.example.com"], policy: "latency" } };
    const body = { services, limits: { p: { services: ["web"] } } };
    const { warnings } = (await world.call("POST", "/table/plan", { body })).body;
    expect(warnings).toMatchObject([{ code: "unchecked", path: "/limits/p", counts: null, detail: NAMED }]);
  });

  it("and so does a write, which is carried out all the same", async () => {
    await record();
    const created = await world.call("POST", "/shield/policies", { body: { id: "p", pathPrefix: "/none" } });
    expect([created.status, created.headers.get("Location")]).toEqual([201, "/api/v1/shield/policies/p"]);
    expect(created.body.warnings).toMatchObject([{ code: "matches-nothing" }]);
    expect((await world.call("GET", "/shield/policies/p")).body.warnings).toBeUndefined();
    const changed = await world.call("PATCH", "/shield/policies/p", { body: { pathPrefix: "/login" } });
    expect([changed.status, changed.body.warnings]).toEqual([200, undefined]);
  });

  it("even if the traffic cannot be read", async () => {
    world = await createWorld({ demandSince: () => Promise.reject(new Error("D1 is down")) });
    const { status, body } = await plan({ p: {} });
    expect([status, body.warnings]).toMatchObject([200, [{ code: "unchecked", counts: null }]]);
  });
});

describe("a level by hand is warned of", () => {
  const write = (body: object) => world.call("PATCH", "/shield/mitigation/api", { body });

  it.each<[string, string, object]>([
    ["block", "refuses-everybody", { requests: 19, matched: 19, clients: 10, limited: 10 }],
    ["challenge", "challenges-everybody", { matched: 19, clients: 10, limited: 10 }],
    ["limit", "limits-many", { matched: 19, clients: 10, limited: 1 }],
  ])("%s, by whom it would meet", async (mode, code, counts) => {
    await record();
    // By hand each client is left a tenth of it.
    await world.call("POST", "/shield/policies", { body: { id: "slow", rate: 20, burst: 20 } });
    const { status, body } = await write({ mode });
    expect([status, body.mode]).toEqual([200, mode]);
    expect(body.warnings).toMatchObject([{ code, path: "/services/api/mitigation", counts }]);
    expect((await write({ mode: "auto" })).body.warnings).toBeUndefined();
  });

  it("limit, where it would meet nobody of the recorded; and not where it only looks", async () => {
    await record();
    expect((await write({ mode: "limit" })).body.warnings).toMatchObject([
      {
        code: "limits-nobody",
        detail: expect.stringMatching(/, and would have met 0 of 19 recorded requests$/),
        counts: { matched: 19, limited: 0 },
      },
    ]);
    expect((await write({ mode: "observe" })).body.warnings).toBeUndefined();
  });

  it("in a plan, and where the service itself is written", async () => {
    const mitigation = { mode: "block" };
    const planned = await world.call("POST", "/table/plan", { body: { services: { api: { mitigation } } } });
    expect(planned.body.warnings).toMatchObject([{ code: "refuses-everybody", counts: { clients: 0 } }]);
    const written = await world.call("PATCH", "/services/api", { body: { mitigation } });
    expect(written.body).toMatchObject({ mitigation, warnings: [{ code: "refuses-everybody" }] });
    const other = await world.call("PATCH", "/services/api", { body: { tracePercent: 3 } });
    expect([other.status, other.body.warnings]).toEqual([200, undefined]);
  });
});

it("a policy that could ban nobody is warned of, without any traffic", async () => {
  const fields = { key: [{ kind: "country" }], banAfterSeconds: 10 };
  expect((await plan({ p: fields })).body.warnings).toMatchObject([
    { code: "bans-nobody", path: "/limits/p/banAfterSeconds", detail: NAMED },
  ]);
});

it("a policy that could limit nobody is warned of, without any traffic", async () => {
  expect((await plan({ p: { rate: 5, cost: 0 } })).body.warnings).toMatchObject([
    { code: "limits-nobody", path: "/limits/p/cost", detail: NAMED },
  ]);
});

it("objections name a policy as the API does, and its field as the document does", async () => {
  const { objections } = (await plan({ p: { cost: 20, burst: 10 }, q: { services: ["none"] } })).body;
  expect(objections).toMatchObject([
    { path: "/limits/p/cost", detail: NAMED },
    { path: "/limits/q/services", detail: "shield policy q names services/none, which would not exist" },
  ]);
});

it.each([
  ["the default, which is far above the rate", { rate: 5 }, ["large-burst"]],
  ["more than ten periods let pass", { rate: 5, burst: 51 }, ["large-burst"]],
  ["ten periods' worth", { rate: 5, burst: 50 }, undefined],
])("a policy whose burst is %s", async (_, fields, codes) => {
  const { warnings } = (await plan({ p: fields })).body;
  expect(warnings.map(({ code }: { code: string }) => code)).toEqual(codes ?? []);
  if (codes !== undefined) expect(warnings[0]).toMatchObject({ path: "/limits/p/burst" });
});

describe("policies", () => {
  it("are refused where a request would cost more than the bucket holds, or a service is not there", async () => {
    const dear = await world.call("POST", "/shield/policies", { body: { id: "p", cost: 10, burst: 5 } });
    expect(dear).toMatchObject({ status: 422, body: { errors: [{ path: "/cost" }] } });
    const none = await world.call("POST", "/shield/policies", { body: { id: "p", services: ["none"] } });
    expect(none).toMatchObject({ status: 422, body: { type: "/problems/objections" } });
  });

  it("are an operator's matter", async () => {
    const token = await world.admit({ name: "ann", roles: ["operator"], secondFactorAgeMs: 0 });
    expect((await world.call("POST", "/shield/policies", { body: { id: "p" }, token })).status).toBe(201);
    expect((await world.call("DELETE", "/shield/policies/p", { token })).status).toBe(204);
    expect((await world.call("GET", "/table")).body.limits).toEqual({});
  });
});
