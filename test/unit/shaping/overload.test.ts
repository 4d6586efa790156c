import { describe, expect, it } from "vitest";
import { AdaptiveLimit, MAX_LIMIT } from "../../../src/shaping/adaptive-limit.ts";
import type { PriorityClass } from "../../../src/table/shaping-settings.ts";
import { exponential, quantile, type Run, run, type Scenario } from "./queue-model.ts";

/** 20 servers that take 20 ms: the knee is at 20 requests in progress, and 1,000 a second. */
const SERVERS = 20;
const WORK_MS = 20;
const CAPACITY = (SERVERS * 1000) / WORK_MS;

const backend = { servers: () => SERVERS, workMs: exponential(WORK_MS) };
/** From 70 % of the capacity to three times as much. */
const overload = (now: number) => CAPACITY * (now < 5000 ? 0.7 : 3);
const one = () => [new AdaptiveLimit()];

function figures({ served, shed }: Run, fromMs: number, untilMs: number) {
  const late = served.filter(({ at }) => at >= fromMs && at < untilMs);
  const times = late.map(({ ms }) => ms);
  return {
    perSecond: (late.length * 1000) / (untilMs - fromMs),
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    shed: shed.filter(({ at }) => at >= fromMs && at < untilMs).length,
  };
}

const observe = (scenario: Omit<Scenario, "untilMs">, fromMs: number, untilMs: number) =>
  figures(run({ ...scenario, untilMs }), fromMs, untilMs);

describe("three times the load that a backend can bear", () => {
  it("without a limit, all wait until they time out", () => {
    const { perSecond, p50 } = observe({ ...backend, edges: [null], rate: overload }, 15_000, 25_000);
    expect(p50).toBeGreaterThan(5000);
    expect(perSecond).toBeLessThan(CAPACITY * 0.6);
  });

  it.each([1, 2, 3])("with it, it does its work, near the time that it takes unloaded (seed %i)", (seed) => {
    const { perSecond, p50, p99 } = observe({ ...backend, edges: one(), rate: overload, seed }, 10_000, 30_000);
    expect(perSecond).toBeGreaterThan(CAPACITY * 0.9);
    // Unloaded, the exponential distribution has them at 14 and 92 ms.
    expect(p50).toBeLessThan(2.5 * WORK_MS);
    expect(p99).toBeLessThan(7 * WORK_MS);
  });

  it("the same where all requests take as long", () => {
    const scenario = { ...backend, workMs: () => WORK_MS, edges: one(), rate: overload };
    const { perSecond, p99 } = observe(scenario, 10_000, 30_000);
    expect(perSecond).toBeGreaterThan(CAPACITY * 0.9);
    expect(p99).toBeLessThan(4 * WORK_MS);
  });

  it("the same for one that is slow, and behind a long road", () => {
    const slow = { servers: () => 100, workMs: exponential(500), edges: one() };
    const steps = (now: number) => (now < 10_000 ? 140 : 600);
    const first = observe({ ...slow, rate: steps }, 30_000, 60_000);
    expect(first.perSecond).toBeGreaterThan(200 * 0.9);
    expect(first.p50).toBeLessThan(2 * 500);
    const second = observe({ ...backend, idleMs: () => 100, edges: one(), rate: overload }, 15_000, 40_000);
    expect(second.perSecond).toBeGreaterThan(CAPACITY * 0.9);
    expect(second.p99).toBeLessThan(400);
  });

  it("of an isolate that starts in the middle of it, after some probes", () => {
    const scenario = { ...backend, edges: one(), rate: () => 3 * CAPACITY };
    const { perSecond, p99 } = observe(scenario, 40_000, 60_000);
    expect(perSecond).toBeGreaterThan(CAPACITY * 0.9);
    expect(p99).toBeLessThan(12 * WORK_MS);
  });

  it("sheds the lowest class first", () => {
    const priority = (unit: number): PriorityClass => (unit < 0.1 ? "critical" : unit < 0.4 ? "normal" : "bulk");
    const scenario = { ...backend, edges: one(), rate: overload, priority, untilMs: 30_000 };
    const { served, shed } = run(scenario);
    const part = (wanted: PriorityClass) => {
      const count = (all: readonly { at: number; priority: PriorityClass }[]) =>
        all.filter((each) => each.at > 10_000 && each.priority === wanted).length;
      return count(served) / (count(served) + count(shed));
    };
    expect(part("critical")).toBeGreaterThan(0.95);
    expect(part("normal")).toBeGreaterThan(0.6);
    expect(part("bulk")).toBeLessThan(0.1);
  });

  it("leaves all of the backend to the lowest class where there is no other", () => {
    const scenario = { ...backend, edges: one(), rate: overload, priority: () => "bulk" as const };
    expect(observe(scenario, 10_000, 30_000).perSecond).toBeGreaterThan(CAPACITY * 0.9);
  });
});

describe("many isolates before one backend, at three times what it can bear for two minutes", () => {
  const priority = (unit: number): PriorityClass => (unit < 0.1 ? "critical" : unit < 0.4 ? "normal" : "bulk");

  // One request in progress for each server is all of its work; a queue is what is beyond. Each isolate has two at least.
  it.each([
    { servers: 200, workMs: 100, isolates: 1, times: 2.2 },
    { servers: 200, workMs: 100, isolates: 5, times: 2.6 },
    { servers: 200, workMs: 100, isolates: 50, times: 3.5 },
    { servers: 20, workMs: 20, isolates: 1, times: 3 },
    { servers: 20, workMs: 20, isolates: 5, times: 3.5 },
    { servers: 20, workMs: 20, isolates: 50, times: 8 },
  ])("$isolates hold $servers servers at $times times as many requests in progress, and do not forget", (fleet) => {
    const capacity = (fleet.servers * 1000) / fleet.workMs;
    const { served, shed } = run({
      edges: Array.from({ length: fleet.isolates }, () => new AdaptiveLimit()),
      servers: () => fleet.servers,
      workMs: exponential(fleet.workMs),
      rate: (now) => capacity * (now < 5000 ? 0.7 : 3),
      priority,
      untilMs: 120_000,
    });
    const late = served.filter(({ at }) => at > 60_000);
    const inProgress = late.reduce((sum, { ms }) => sum + ms, 0) / 60_000;
    expect(late.length).toBeGreaterThan(capacity * 60 * 0.9);
    expect(inProgress / fleet.servers).toBeLessThan(fleet.times);
    const part = (wanted: PriorityClass) => {
      const isLate = (each: { readonly at: number; readonly priority: PriorityClass }) =>
        each.at > 60_000 && each.priority === wanted;
      const taken = served.filter(isLate).length;
      return taken / (taken + shed.filter(isLate).length);
    };
    expect(part("critical")).toBeGreaterThan(0.7);
    expect(part("critical")).toBeGreaterThan(part("normal") + 0.05);
    expect(part("normal")).toBeGreaterThan(part("bulk") + 0.05);
  });
});

describe("a backend that is not overloaded", () => {
  const untilMs = 30_000;
  it.each<[string, Omit<Scenario, "untilMs">]>([
    ["at 90 % of its capacity", { ...backend, edges: one(), rate: () => CAPACITY * 0.9 }],
    [
      "that has room, when the demand jumps a hundredfold",
      { servers: () => 1e6, workMs: exponential(30), edges: one(), rate: (now) => (now < 5000 ? 30 : 3000) },
    ],
    [
      "some of whose requests take a hundred times as long",
      { servers: () => 1e6, workMs: (unit) => (unit < 0.8 ? 5 : 500), edges: one(), rate: () => 1000 },
    ],
    [
      "that pauses for 400 ms every 5 s",
      { ...backend, servers: (now) => (now % 5000 < 400 ? 0 : 5 * SERVERS), edges: one(), rate: () => CAPACITY },
    ],
    [
      "whose clients poll for 30 s",
      { servers: () => 1e6, workMs: () => 0, idleMs: () => 20_000, timeoutMs: 60_000, edges: one(), rate: () => 200 },
    ],
  ])("sheds nothing: one %s", (_, scenario) => {
    expect(run({ ...scenario, untilMs }).shed).toEqual([]);
    expect(scenario.edges[0]?.limit).toBe(MAX_LIMIT);
  });

  it.each([20, 60])("for which %i clients wait on a machine that others make slow sheds nothing", (clients) => {
    // One processor does everything; from the tenth second on it is given a quarter of the time, and pauses.
    const servers = (now: number) => (now > 10_000 && now % 700 < 150 ? 0 : 1);
    const workMs = (unit: number, now: number) => exponential(now < 10_000 ? 0.5 : 2)(unit);
    expect(run({ servers, workMs, edges: one(), rate: { clients }, untilMs }).shed).toEqual([]);
  });

  it("that has become slower for good sheds for some seconds only", () => {
    const workMs = (unit: number, now: number) => exponential(now < 10_000 ? 30 : 120)(unit);
    const { shed } = run({ servers: () => 1e6, workMs, edges: one(), rate: () => 1000, untilMs: 90_000 });
    expect(shed.filter(({ at }) => at > 60_000).length).toBeLessThan(30_000 * 0.01);
  });
});

describe("a brown-out", () => {
  const TIMES = 5;
  const workMs = (unit: number, now: number) =>
    exponential(now < 10_000 || now >= 40_000 ? WORK_MS : TIMES * WORK_MS)(unit);
  const scenario = { ...backend, workMs, edges: one(), rate: () => CAPACITY * 0.6, untilMs: 70_000 };

  it("is borne near the knee that the backend has meanwhile, and nothing is shed when it is over", () => {
    const ran = run(scenario);
    const during = figures(ran, 20_000, 40_000);
    expect(during.perSecond).toBeGreaterThan((CAPACITY / TIMES) * 0.6);
    expect(during.p99).toBeLessThan(TIMES * WORK_MS * 7);
    const after = figures(ran, 42_000, 70_000);
    expect(after.shed).toBe(0);
    expect(after.perSecond).toBeGreaterThan(CAPACITY * 0.6 * 0.95);
  });

  it("in which nothing is answered at all leaves no mark either", () => {
    const servers = (now: number) => (now > 10_000 && now < 30_000 ? 0 : SERVERS);
    const ran = run({
      ...backend,
      servers,
      timeoutMs: 2000,
      edges: one(),
      rate: () => CAPACITY * 0.7,
      untilMs: 60_000,
    });
    expect(figures(ran, 40_000, 60_000).shed).toBe(0);
  });
});
