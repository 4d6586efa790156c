import { beforeEach, describe, expect, it } from "vitest";
import { Random } from "../../../src/base/random.ts";
import { RequestIds } from "../../../src/request/request-id.ts";
import { admit } from "../../../src/routing/admit.ts";
import { calm } from "../../../src/routing/calm.ts";
import { decide } from "../../../src/routing/decide.ts";
import { Traffic } from "../../../src/routing/traffic.ts";
import { makeView } from "../../../src/routing/view.ts";
import { compileSnapshot } from "../../../src/table/snapshot.ts";
import type { Course } from "../../../src/telemetry/explanation.ts";
import { makeTrace, type Occasion, type Trace } from "../../../src/telemetry/trace.ts";
import {
  explainReplySchema,
  replayReplySchema,
  tracesReplySchema,
} from "../../../workers/control/schema/explanation.ts";
import { inquiry } from "../telemetry/inquiries.ts";
import { createWorld, NOW, type World } from "./world.ts";

const ids = new RequestIds(new Random([4, 5, 6]));
let world: World;
beforeEach(async () => {
  world = await createWorld();
});

const explain = (body: object) => world.call("POST", "/routes/explain", { body });
const host = "api.example.com";
const course = { outcome: "forwarded", status: 200, tries: [], gaveUp: null, hedges: 0, totalMs: 1, backendMs: 1 };

/** A request that has come through Frankfurt, and is traced. */
async function traced(at = NOW, occasion: Occasion = "sampled", become: Partial<Course> = {}): Promise<string> {
  const snapshot = compileSnapshot(await world.table.read());
  const requestId = ids.next("FRA", at);
  const { facts, draw } = inquiry({ now: at });
  const admitted = admit(snapshot, facts, at);
  if (admitted.kind !== "admitted") throw new Error(admitted.kind);
  const request = { ...admitted, bound: null };
  const verdict = decide(makeView(snapshot, calm, new Traffic()), request, at, draw);
  const passage = { requestId, facts, snapshot, stale: false, local: calm, request, verdict, at, draw };
  const trace: Trace = makeTrace(occasion, passage, [], { ...course, ...become });
  world.traces.push(trace);
  return requestId;
}

describe("POST /routes/explain", () => {
  it("says where a request would go, and by what draw", async () => {
    const { status, body } = await explain({ host, path: "/x?secret=1", cf: { colo: "IAD", country: "US" } });
    expect(status).toBe(200);
    const { explanation, changes, agrees } = explainReplySchema.parse(body);
    expect(explanation).toMatchObject({
      requestId: null,
      epoch: 1,
      request: { path: "/x" },
      draw: 0.5,
      decision: { kind: "chosen", region: "us-east-1" },
    });
    expect(explanation.candidates.map(({ region }) => region).sort()).toEqual(["us-east-1", "us-west-2"]);
    expect([changes, agrees]).toEqual([0, null]);
  });

  it("tries a table and a loss, and changes nothing", async () => {
    const before = await world.state();
    const cf = { colo: "IAD", country: "US" };
    const drained = await explain({ host, cf, table: { regions: { "us-east-1": { state: "draining" } } } });
    expect(drained.body).toMatchObject({ changes: 1, explanation: { decision: { region: "us-west-2" } } });
    const lost = await explain({ host, cf, down: { regions: ["us-east-1"] } });
    expect(lost.body.explanation.candidates[1]).toMatchObject({ region: "us-east-1", kind: "refused", reason: "down" });
    const weighed = await explain({ host, cf, weights: { "us-east-1": 0 } });
    expect(weighed.body.explanation.candidates[1]).toMatchObject({ reason: "weight-0" });
    expect(await world.state()).toBe(before);
  });

  it("sticks by a header, and tells nothing of it", async () => {
    const table = { services: { api: { affinity: { kind: "header", name: "x-user" } } } };
    const { body } = await explain({ host, table, headers: { "X-User": "geheim" } });
    expect(body.explanation).toMatchObject({
      service: { stickiness: "header x-user" },
      decision: { basis: { of: "header" } },
    });
    expect(JSON.stringify(body)).not.toContain("geheim");
  });

  it("says what the shield would do with it now", async () => {
    const told = async (asked: object) => (await explain({ host, cf: { country: "DE", colo: "FRA" }, ...asked })).body;
    const clientIp = "100.64.0.5";
    expect((await told({ clientIp })).explanation.shield).toEqual({
      ...{ mode: "auto", most: "block", defence: null, stance: null, allowlisted: null },
      limits: [],
    });
    const signatures = [
      { match: { prefix: "100.64.0.0/24" }, perSecond: 3 },
      { match: { agentFamily: "curl" }, perSecond: 3, level: "limit" as const },
    ];
    const next = { attack: "attack-1", level: "challenge" as const, since: NOW, signatures };
    await world.table.setDefence({ service: "api", next, expected: null });
    expect((await told({ clientIp })).explanation).toMatchObject({
      screening: { kind: "passed" },
      shield: {
        defence: { attack: "attack-1", level: "challenge", signatures: signatures.map(({ match }) => match) },
        stance: { kind: "signature", level: "challenge", attack: "attack-1", signature: 0, perSecond: null },
      },
      decision: { kind: "chosen", region: "us-east-1" },
    });
    expect((await told({})).explanation.shield.stance).toBeNull();
    const curl = await told({ headers: { "User-Agent": "curl/8.5.0" } });
    expect(curl.explanation.shield.stance).toMatchObject({ level: "limit", signature: 1, perSecond: 3 });
    const table = { services: { api: { mitigation: { mode: "block" } } } };
    expect((await told({ clientIp, table })).explanation.shield.stance).toMatchObject({
      kind: "by-hand",
      level: "block",
    });
    const posted = await told({
      table: { limits: { "per-client": { shadow: true }, posts: { methods: ["POST"] }, free: { cost: 0 } } },
      method: "POST",
    });
    expect(posted.explanation.shield.limits).toEqual([
      { id: "per-client", action: "block", shadow: true },
      { id: "posts", action: "block", shadow: false },
    ]);
  });

  it("repeats a recorded request, and says what has changed since", async () => {
    const requestId = await traced();
    expect((await explain({ requestId })).body).toMatchObject({ agrees: true, recorded: { requestId, epoch: 1 } });
    await world.call("PUT", "/weights", { body: { "us-east-1": 0 } });
    const { body } = await explain({ requestId });
    expect(body).toMatchObject({
      agrees: false,
      recorded: { epoch: 1, decision: { region: "us-east-1" } },
      explanation: { epoch: 2, decision: { region: "us-west-2" } },
    });
  });
});

describe("what it refuses", () => {
  const expired = ids.next("FRA", NOW - 4_000_000);
  const unknown = ids.next("FRA", NOW);
  it.each([
    ["no host", {}, 422],
    ["an unknown field", { host, why: 1 }, 422],
    ["a relative path", { host, path: "x" }, 422],
    ["a host that is none", { host: "bad host/x" }, 422],
    ["an empty host", { host: "" }, 422],
    ["a country's name", { host, cf: { country: "Germany" } }, 422],
    ["an unknown country", { host, cf: { country: "ZZ" } }, 422],
    ["a bad address", { host, clientIp: "203.0.113" }, 422],
    ["a draw of 1", { host, draw: 1 }, 422],
    ["a request that has two hosts", { host, requestId: unknown }, 422],
    ["an invalid table", { host, table: { regions: { "us-east-1": { weight: -1 } } } }, 422],
    ["an unknown region", { host, down: { regions: ["mars"] } }, 404],
    ["an unknown backend", { host, bound: "x" }, 404],
    ["an unknown host", { host, table: { services: { api: { hosts: ["other.example"] } } } }, 404],
    ["a malformed id", { requestId: "x" }, 400],
    ["an unknown id", { requestId: unknown }, 404],
    ["an expired id", { requestId: expired }, 410],
  ])("%s", async (_name, body, status) => {
    expect((await explain(body)).status).toBe(status);
  });

  it("names where a proposed table is wrong", async () => {
    const { body } = await explain({ host, table: { regions: { "us-east-1": { weight: -1 } } } });
    expect(body.errors).toMatchObject([{ path: "/table/regions/us-east-1/weight" }]);
  });

  it.each([
    [{ country: "Germany" }, "country"],
    [{ country: "ZZ" }, "country"],
    [{ continent: "Europe" }, "continent"],
    [{ regionCode: "Hessen" }, "regionCode"],
    [{ colo: "fra" }, "colo"],
    [{ asn: 0 }, "asn"],
    [{ latitude: 91, longitude: 0 }, "latitude"],
    [{ latitude: "north", longitude: "0" }, "latitude"],
    [{ latitude: "50", longitude: "181" }, "longitude"],
    [{ latitude: 50 }, "latitude"],
  ])("names where a place is wrong: %j", async (cf, field) => {
    expect(await explain({ host, cf })).toMatchObject({ status: 422, body: { errors: [{ path: `/cf/${field}` }] } });
  });

  it.each([
    [
      "what the platform tells",
      { country: "DE", continent: "EU", latitude: "50.11", longitude: "8.68", asn: 3320, x: 1 },
    ],
    ["a Tor exit", { country: "T1" }],
    ["an unknown country", { country: "XX" }],
  ])("takes %s", async (_name, cf) => {
    expect((await explain({ host, cf })).status).toBe(200);
  });

  it.each(["api.example.com:8443", "API.example.com.", "192.0.2.1", "[2001:db8::1]:443", "xn--bcher-kva.example"])(
    "takes the host %s as the edge does",
    async (given) => {
      const { status, body } = await explain({ host: given });
      expect([status, body.explanation?.request.host]).toEqual([
        200,
        given.toLowerCase().replace(/:\d+$/, "").replace(/\.$/, ""),
      ]);
    },
  );

  it.each([
    ["malformed", "x", 400, "/problems/bad-request-id"],
    ["unknown", unknown, 404, "/problems/untraced"],
    ["expired", expired, 410, "/problems/trace-expired"],
    ["of a time before any was given out", `0eee${"0".repeat(28)}`, 404, "/problems/untraced"],
    ["of the day before the first", ids.next("FRA", Date.UTC(2026, 9, 31)), 404, "/problems/untraced"],
    ["of the first day", ids.next("FRA", Date.UTC(2026, 10, 1)), 410, "/problems/trace-expired"],
    ["of the future", ids.next("FRA", NOW + 3_600_000), 404, "/problems/untraced"],
  ])("tells apart a trace id that is %s", async (_name, id, status, type) => {
    expect(await world.call("GET", `/routes/traces/${id}`)).toMatchObject({ status, body: { type } });
  });
});

it("names the cause of a trace that may have been left out, when its colo had too many at a time", async () => {
  const id = ids.next("FRA", NOW);
  world.omittedTraces.count = 28_357;
  expect((await world.call("GET", `/routes/traces/${id}`)).body).toMatchObject({
    type: "/problems/untraced",
    detail: expect.stringContaining("it may be one of 28357 that were left out there in that minute"),
  });
});

describe("traces", () => {
  it("are listed by colo, or of all colos with traffic", async () => {
    const id = await traced();
    const ofColo = tracesReplySchema.parse((await world.call("GET", "/routes/traces?colo=FRA")).body);
    expect(ofColo).toMatchObject({ items: [{ requestId: id }], colos: ["FRA"] });
    expect((await world.call("GET", "/routes/traces?colo=IAD")).body.items).toEqual([]);
    expect((await world.call("GET", "/routes/traces")).body).toMatchObject({ items: [], colos: [] });
    world.demand.push({ colo: "FRA", country: "DE", service: "api", requests: 1 });
    expect((await world.call("GET", "/routes/traces")).body).toMatchObject({ items: [{ requestId: id }] });
    for (const written of [id, id.toUpperCase()])
      expect((await world.call("GET", `/routes/traces/${written}`)).body).toMatchObject({ requestId: id });
    expect((await explain({ requestId: id.toUpperCase() })).body).toMatchObject({ agrees: true });
  });

  const lost = { region: "us-east-1", backend: "us-east-1-a", ms: 3, error: "connect", status: null } as const;
  const answered = { region: "us-west-2", backend: "us-west-2-a", ms: 3, error: null, status: 200 } as const;
  it("are listed by outcome", async () => {
    await traced();
    const made = {
      rescued: await traced(NOW, "failed", { tries: [lost, answered] }),
      failed: await traced(NOW, "failed", { outcome: "forward-failed", status: 502, tries: [lost] }),
      both: await traced(NOW, "failed", { outcome: "forward-failed", status: 502, tries: [lost, lost] }),
      passedOn: await traced(NOW, "failed", { status: 503, tries: [{ ...answered, status: 503 }] }),
      refused: await traced(NOW, "refused", { outcome: "blocked", status: 403 }),
    };
    const listed = async (outcome: string) => {
      const reply = await world.call("GET", `/routes/traces?colo=FRA&outcome=${outcome}`);
      return tracesReplySchema
        .parse(reply.body)
        .items.map(({ requestId }) => Object.entries(made).find(([, id]) => id === requestId)?.[0])
        .sort();
    };
    expect(await listed("failed")).toEqual(["both", "failed", "passedOn"]);
    expect(await listed("retried")).toEqual(["both", "rescued"]);
    expect(await listed("refused")).toEqual(["refused"]);
    expect((await world.call("GET", "/routes/traces?outcome=lucky")).status).toBe(422);
  });

  it("of one outcome are looked for through so many and no more", async () => {
    const id = await traced(NOW - 1_000_000, "refused");
    await traced(NOW - 500_000);
    const [, plain] = world.traces as [Trace, Trace];
    const fill = (count: number) => {
      for (let i = 0; i < count; i++)
        world.traces.push({
          ...plain,
          explanation: { ...plain.explanation, requestId: ids.next("FRA", NOW + i * 1000) },
        });
    };
    const found = async () => (await world.call("GET", "/routes/traces?colo=FRA&outcome=refused&limit=1")).body.items;
    fill(1998);
    expect(await found()).toMatchObject([{ requestId: id }]);
    fill(1);
    expect(await found()).toEqual([]);
  });

  it("are replayed through a proposed table", async () => {
    await traced();
    await traced();
    const body = { weights: { "us-east-1": 0 }, colo: "FRA" };
    const reply = await world.call("POST", "/routes/replay", { body });
    expect(replayReplySchema.parse(reply.body)).toMatchObject({
      requests: 2,
      changes: 2,
      moves: [{ from: "us-east-1", to: "us-west-2", requests: 2 }],
      items: [{ why: "us-east-1: weight-0" }, {}],
    });
    expect((await world.call("POST", "/routes/replay", { body: { colo: "FRA" } })).body.changes).toBe(0);
    expect((await world.call("POST", "/routes/replay", { body: { down: { regions: ["mars"] } } })).status).toBe(404);
  });
});
