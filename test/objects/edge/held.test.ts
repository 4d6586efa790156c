import { describe, expect, it } from "vitest";
import { compileSnapshot } from "../../../src/table/snapshot.ts";
import type { Course, Explanation, Held } from "../../../src/telemetry/explanation.ts";
import { repeat, type Trace, traceSchema } from "../../../src/telemetry/trace.ts";
import { EdgeWorld, silent } from "./world.ts";

const regions = ["eu-central-1", "us-east-1"];
const IP = "203.0.113.9";
const curl = { "cf-connecting-ip": IP, "user-agent": "curl/8.5.0" };
const start = (service: object = {}, patch: object = {}) =>
  EdgeWorld.start(regions, { services: { api: { residency: "required", ...service } }, ...patch });

async function attack(world: EdgeWorld, level: "limit" | "challenge" | "block"): Promise<void> {
  const signatures = [
    { match: { prefix: "198.51.100.0/24" }, perSecond: 1 },
    { match: { agentFamily: "curl", method: "GET" }, perSecond: 1 },
  ];
  const next = { attack: "attack-1", level, since: 0, signatures };
  const wished = await world.table.setDefence({ service: "api", next, expected: null });
  if (!wished.ok) throw new Error(JSON.stringify(wished.error));
}

const newest = ({ kept }: EdgeWorld): Trace => {
  const trace = kept.flatMap(({ traces }) => traces).at(-1);
  if (!trace) throw new Error("nothing was traced");
  return traceSchema.parse(JSON.parse(JSON.stringify(trace)));
};

/** Sends the same request until one is not served. */
async function held(world: EdgeWorld): Promise<{ status: number; trace: Trace }> {
  for (let i = 0; i < 5; i++) {
    // Each is told at once.
    world.now += 1;
    const { status } = await world.send("/orders?token=geheim", { headers: curl });
    if (status !== 200) return { status, trace: newest(world) };
  }
  throw new Error("all were served");
}

type Stance = NonNullable<Explanation["shield"]>["stance"];
const bySignature = (level: "limit" | "challenge" | "block"): Stance => ({
  ...{ kind: "signature", level, perSecond: level === "limit" ? 1 : null },
  ...{ attack: "attack-1", signature: 1 },
});
const strict = { limits: { strict: { rate: 1, periodSeconds: 60, burst: 1 } } };
const ofLimit: Held = { kind: "limit", limit: "strict" };
const byHand: Held = { kind: "by-hand" };
const byAttack: Held = { kind: "attack", attack: "attack-1" };

describe("the trace of a request that the shield held says by what", () => {
  it.each<[string, object, object, Parameters<typeof attack>[1] | null, string, Held, Stance]>([
    ["a limit", {}, strict, null, "429 limited", ofLimit, null],
    [
      "a limit that challenges",
      {},
      { limits: { strict: { ...strict.limits.strict, action: "challenge" } } },
      null,
      "429 challenged",
      ofLimit,
      null,
    ],
    ["a signature that limits", {}, {}, "limit", "429 throttled", byAttack, bySignature("limit")],
    ["a signature that challenges", {}, {}, "challenge", "429 challenged", byAttack, bySignature("challenge")],
    ["a signature that blocks", {}, {}, "block", "403 mitigated", byAttack, bySignature("block")],
    [
      "limit by hand",
      { mitigation: { mode: "limit" } },
      { limits: { "per-client": { rate: 10, burst: 10 } } },
      null,
      "429 throttled",
      byHand,
      { kind: "by-hand", level: "limit", perSecond: 1 },
    ],
    [
      "challenge by hand",
      { mitigation: { mode: "challenge" } },
      {},
      null,
      "429 challenged",
      byHand,
      { kind: "by-hand", level: "challenge", perSecond: null },
    ],
    [
      "block by hand, whatever is seen",
      { mitigation: { mode: "block" } },
      {},
      "limit",
      "403 mitigated",
      byHand,
      { kind: "by-hand", level: "block", perSecond: null },
    ],
  ])("%s", async (_name, service, patch, level, end, by, stance) => {
    const world = await start(service, patch);
    if (level !== null) await attack(world, level);
    const { status, trace } = await held(world);
    const { explanation } = trace;
    const course = explanation.course as Course;
    expect([`${status} ${course.outcome}`, course.held]).toEqual([end, by]);
    expect(explanation).toMatchObject({
      screening: { kind: "passed" },
      service: { id: "api" },
      jurisdiction: "eu-eea",
      permitted: [["eu-central-1"]],
      decision: { kind: "not-reached" },
      shield: {
        stance,
        allowlisted: null,
        limits: expect.arrayContaining([expect.objectContaining({ id: "per-client" })]),
      },
    });
    expect(explanation.candidates).toContainEqual(
      expect.objectContaining({ region: "us-east-1", reason: "not-permitted" }),
    );
    expect(JSON.stringify(trace)).not.toMatch(/geheim|curl\/8/);
    // Asked about again, it meets the same, and would go where such requests go.
    const again = repeat(compileSnapshot(await world.table.read()), trace);
    expect(again?.shield).toEqual(explanation.shield);
    expect(again?.decision).toMatchObject({ kind: "chosen", region: "eu-central-1" });
  });

  it("too many of one client in progress", async () => {
    const world = await start({ maxConcurrentPerClient: 1 });
    world.handlers.set("eu-central-1-a", silent);
    void world.sendOnly("/", { headers: curl });
    await expect.poll(() => world.calls.length).toBe(1);
    expect((await world.sendOnly("/", { headers: curl })).status).toBe(429);
    await expect.poll(() => world.kept.length).toBe(1);
    expect(newest(world).explanation).toMatchObject({
      service: { id: "api" },
      course: { held: { kind: "too-many-waiting", most: 1 } },
    });
  });

  it("a solution of a challenge that is none, or comes from who is blocked", async () => {
    const world = await start();
    const send = () => world.send("/.well-known/novacron/challenge", { headers: curl });
    await send();
    expect(newest(world)).toMatchObject({
      explanation: {
        screening: { kind: "passed" },
        service: { id: "api" },
        course: { held: { kind: "challenge-failed", reason: "not-posted" } },
      },
      recorded: null,
    });
    await world.apply({ blacklist: { [`${IP}/32`]: { reason: "test", createdAt: 1, expiresAt: null } } });
    world.now += 10_000;
    await send();
    expect(newest(world).explanation.screening).toMatchObject({ kind: "blocked", cidr: `${IP}/32` });
  });
});

it("a request that passes is told what it met as well", async () => {
  const world = await start(
    { tracePercent: 100 },
    { allowlist: { [`${IP}/32`]: { reason: "test", createdAt: 1, expiresAt: null } } },
  );
  await attack(world, "block");
  expect((await world.send("/", { headers: curl })).status).toBe(200);
  expect(newest(world).explanation.shield).toMatchObject({
    stance: null,
    allowlisted: `${IP}/32`,
    defence: { attack: "attack-1" },
  });
  expect((await world.send("/", { headers: { "cf-connecting-ip": "203.0.113.10" } })).status).toBe(200);
  expect(newest(world).explanation.shield).toMatchObject({ stance: null, allowlisted: null, mode: "auto" });
});
