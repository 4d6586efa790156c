import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { coloObserver } from "../../../durable-objects/stubs.ts";
import { originOf } from "../../../src/request/request-id.ts";
import type { Trace } from "../../../src/telemetry/trace.ts";
import { EdgeWorld, FRANKFURT, refused, status } from "./world.ts";

const regions = ["eu-central-1", "eu-west-1"];
const sampling = (tracePercent: number) => ({ services: { api: { tracePercent } } });

let world: EdgeWorld;
beforeEach(async () => {
  world = await EdgeWorld.start(regions);
});

const idOf = (response: Response): string => response.headers.get("X-Request-Id") ?? "";
const traces = (): Trace[] => world.kept.flatMap(({ traces }) => [...traces]);
const last = () => traces().at(-1)?.explanation;

describe("a traced request", () => {
  it("is told whole, to the observer of its colo", async () => {
    const response = await world.send("/orders?token=geheim", {
      headers: { Cookie: "a=geheim", Authorization: "geheim" },
    });
    expect(world.kept.map(({ colo }) => colo)).toEqual(["FRA"]);
    expect(originOf(idOf(response))).toEqual({ colo: "FRA", at: world.now });
    expect(last()).toMatchObject({
      requestId: idOf(response),
      epoch: 1,
      stale: false,
      request: { method: "GET", host: "api.example.com", path: "/orders" },
      decision: { kind: "chosen", backend: "eu-central-1-a", basis: { kind: "draw" } },
      course: { outcome: "forwarded", status: 200, tries: [{ backend: "eu-central-1-a", error: null, status: 200 }] },
    });
    expect(JSON.stringify(world.kept)).not.toContain("geheim");
  });

  it("shows its retries and their causes", async () => {
    world.handlers.set("eu-central-1-a", refused);
    await world.send();
    expect(last()?.course?.tries).toMatchObject([
      { backend: "eu-central-1-a", error: "connect", status: null },
      { backend: "eu-west-1-a", error: null, status: 200 },
    ]);
  });

  it("shows why it gave up, and who was ejected when it was decided", async () => {
    world.handlers.set("eu-central-1-a", status(503));
    for (let i = 0; i < 6; i++) await world.send("/", { method: "POST", body: "x".repeat(70_000) });
    expect(traces()[0]?.explanation.course).toMatchObject({
      status: 503,
      gaveUp: "not-repeatable",
      tries: [{ backend: "eu-central-1-a", error: "gateway", status: 503 }],
    });
    expect(traces()[4]?.recorded?.ejected).toEqual([]);
    expect(traces()[5]?.recorded?.ejected).toEqual(["eu-central-1-a"]);
  });
});

describe("which requests are traced", () => {
  it("none by chance at 0 percent, and each that goes wrong", async () => {
    await world.apply(sampling(0));
    await world.apply({ blacklist: { "198.51.100.7/32": { reason: "test", createdAt: 1, expiresAt: null } } });
    await world.send();
    expect(traces()).toEqual([]);
    await world.send("/", { headers: { "CF-Connecting-IP": "198.51.100.7" } });
    expect(last()).toMatchObject({ decision: { kind: "blocked" }, course: { status: 403 } });
    await world.send("/", { headers: { Via: "1.1 novacron" } });
    expect(last()).toMatchObject({ decision: { kind: "not-reached" }, course: { outcome: "loop", status: 508 } });
    for (const region of regions) world.handlers.set(`${region}-a`, refused);
    await world.send();
    expect(last()?.course).toMatchObject({ outcome: "forward-failed", status: 502, gaveUp: "nobody-left" });
    expect(traces()).toHaveLength(3);
  });

  it("each that a backend has answered with an error of its own", async () => {
    await world.apply(sampling(0));
    for (const [code, handled] of [
      [500, 1],
      [501, 2],
      [499, 2],
      [404, 2],
    ] as const) {
      world.handlers.set("eu-central-1-a", status(code));
      expect((await world.send()).status).toBe(code);
      expect(traces()).toHaveLength(handled);
    }
    expect(traces().map(({ occasion }) => occasion)).toEqual(["failed", "failed"]);
    expect(last()?.course).toMatchObject({ outcome: "forwarded", status: 501 });
  });

  it("about as many as the percentage says", async () => {
    await world.apply(sampling(30));
    for (let i = 0; i < 400; i++) await world.send();
    expect(traces().length).toBeGreaterThan(80);
    expect(traces().length).toBeLessThan(160);
  });

  it("few of a flood of refusals, and the rest are counted", async () => {
    await world.apply({ blacklist: { "198.51.100.7/32": { reason: "test", createdAt: 1, expiresAt: null } } });
    const flood = Array.from({ length: 100 }, () =>
      world.sendOnly("/", { headers: { "CF-Connecting-IP": "198.51.100.7" } }),
    );
    await Promise.all(flood);
    await world.send();
    const refusals = traces().filter(({ occasion }) => occasion === "refused");
    expect(refusals.length).toBeLessThanOrEqual(20);
    expect(refusals.length + world.kept.reduce((sum, { omitted }) => sum + omitted, 0)).toBe(100);
  });

  it("those that are left out are told to the observers of their own colos", async () => {
    await world.apply({ blacklist: { "198.51.100.7/32": { reason: "test", createdAt: 1, expiresAt: null } } });
    const from = (colo: string) =>
      world.sendOnly("/", { headers: { "CF-Connecting-IP": "198.51.100.7" }, cf: { ...FRANKFURT, colo } });
    // The first is told at once, and the next ten are all that wait.
    await Promise.all([...Array(15).fill("FRA"), ...Array(4).fill("DUS")].map(from));
    await world.settle();
    await world.settle();
    const left = (colo: string) => world.kept.filter((each) => each.colo === colo).map(({ omitted }) => omitted);
    expect(left("DUS")).toEqual([4]);
    const kept = traces().length;
    expect(left("FRA").reduce((sum, each) => sum + each, 0)).toBe(15 - kept);
  });

  it("go to their observer some at a time, each in a turn of its own", async () => {
    const requests = Array.from({ length: 230 }, () => world.sendOnly());
    await Promise.all(requests);
    await world.send();
    expect(traces()).toHaveLength(231);
    for (const { traces } of world.kept) expect(traces.length).toBeLessThanOrEqual(50);
    expect(new Set(world.kept.map(({ turn }) => turn)).size).toBe(world.kept.length);
  });

  it("an observer that cannot be reached costs the traces alone", async () => {
    world.observerUnreachable = true;
    expect((await world.send()).status).toBe(200);
    world.observerUnreachable = false;
    await world.send();
    expect(traces()).toHaveLength(1);
  });
});

it("a trace that the edge has sent is found in the object of its colo", async () => {
  const response = await world.send("/", { cf: { ...FRANKFURT, colo: "DUS" } });
  const [sent] = world.kept;
  if (!sent) throw new Error("nothing was sent");
  // The object's clock is the real one, and the edge's of this test is not.
  const now = Date.now();
  const [trace] = sent.traces;
  if (!trace) throw new Error("no trace was sent");
  const id = idOf(response).slice(0, 4) + Math.floor(now / 1000).toString(16) + idOf(response).slice(12);
  const moved = { ...trace, explanation: { ...trace.explanation, requestId: id, at: now } };
  await coloObserver(env, sent.colo).keepTraces([moved], sent.omitted);
  expect(await coloObserver(env, "DUS").findTrace(id)).toEqual({ kind: "found", trace: moved });
});
