import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AdaptiveLimit, MAX_LIMIT, MIN_PROBE } from "../../../src/shaping/adaptive-limit.ts";
import { type PriorityClass, priorityClasses } from "../../../src/table/shaping-settings.ts";

/** A request that the limit was asked for, or something that comes to the one under way for longest or shortest. */
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("begin" as const), priority: fc.constantFrom(...priorityClasses) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom("end" as const, "timeout" as const, "leave" as const, "lost" as const),
      newest: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("pass" as const), ms: fc.integer({ min: -2000, max: 5000 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("pass" as const), ms: fc.integer({ min: -100_000, max: 200_000 }) }),
  },
);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Bursts of one step, so that cohorts come to their ends. */
const steps = fc.array(fc.tuple(step, fc.integer({ min: 1, max: 60 })), { maxLength: 60 });

function follow(limit: AdaptiveLimit, bursts: readonly (readonly [Step, number])[], look: (now: number) => void) {
  let now = START + 20_000;
  const under: { member: number; at: number }[] = [];
  for (const [each, times] of bursts) {
    for (let i = 0; i < times; i++) {
      if (each.kind === "pass") {
        now += each.ms;
        break;
      }
      if (each.kind === "begin") {
        if (limit.admits(each.priority, now)) under.push({ member: limit.begin(each.priority, now), at: now });
      } else {
        const one = each.newest ? under.pop() : under.shift();
        if (!one) break;
        if (each.kind === "end") limit.end(one.member, one.at, Math.max(0, now - one.at), now);
        if (each.kind === "timeout") limit.end(one.member, one.at, Number.POSITIVE_INFINITY, now);
        if (each.kind === "leave") limit.leave(one.member, one.at);
      }
      look(now);
    }
  }
  return now;
}

const START = 1_000_000_000;

/** One that is felt. */
function felt(): AdaptiveLimit {
  const limit = new AdaptiveLimit();
  for (let i = 0; i < 40; i++) round(limit, START + i * 110, 20, 20);
  for (let i = 0; i < 6; i++) round(limit, START + 10_000 + i * 450, 200, 400);
  return limit;
}

describe.each([
  ["new", () => new AdaptiveLimit()],
  ["felt", felt],
])("the adaptive limit, %s, whatever comes", (_, make) => {
  it("stays within its bounds, with a baseline that is a time", () => {
    fc.assert(
      fc.property(steps, (bursts) => {
        const limit = make();
        follow(limit, bursts, () => {
          expect(limit.limit).toBeGreaterThanOrEqual(MIN_PROBE);
          expect(limit.limit).toBeLessThanOrEqual(MAX_LIMIT);
          if (limit.baselineMs !== null) {
            expect(limit.baselineMs).toBeGreaterThanOrEqual(0);
            expect(limit.baselineMs).toBeLessThan(Number.POSITIVE_INFINITY);
          }
        });
      }),
      { numRuns: 300 },
    );
  });

  it("never sheds a class while a lower one would be taken", () => {
    fc.assert(
      fc.property(steps, (bursts) => {
        const limit = make();
        follow(limit, bursts, (now) => {
          const [critical, normal, bulk] = priorityClasses.map((priority) => limit.admits(priority, now));
          if (bulk) expect(normal).toBe(true);
          if (normal) expect(critical).toBe(true);
        });
      }),
      { numRuns: 300 },
    );
  });

  it("takes requests of every class again when it has been quiet for some minutes", () => {
    fc.assert(
      fc.property(steps, (bursts) => {
        const limit = make();
        const now = follow(limit, bursts, () => undefined);
        for (const priority of priorityClasses) expect(limit.admits(priority, now + 200_000)).toBe(true);
      }),
    );
  });
});

/** Sends many at a time, that all take as long. */
function round(
  limit: AdaptiveLimit,
  at: number,
  count: number,
  ms: number,
  priority: PriorityClass = "normal",
): number {
  const members = Array.from({ length: count }, () => (limit.admits(priority, at) ? limit.begin(priority, at) : null));
  for (const member of members) if (member !== null) limit.end(member, at, ms, at + ms);
  return members.filter((member) => member !== null).length;
}

describe("an isolate that has no reason to shed", () => {
  it("sheds nothing at its start, be it as loaded as it may", () => {
    const limit = new AdaptiveLimit();
    for (let i = 0; i < 20; i++) expect(round(limit, START + i * 2000, 2000, 2000)).toBe(2000);
  });

  it("sheds nothing for one slow request, nor for a pause", () => {
    const limit = new AdaptiveLimit();
    for (let i = 0; i < 50; i++) round(limit, START + i * 110, 30, 20);
    const slow = limit.begin("normal", START + 6000);
    limit.end(slow, START + 6000, 9000, START + 15_000);
    for (let i = 0; i < 50; i++) expect(round(limit, START + 16_000 + i * 110, 300, i % 20 === 0 ? 400 : 20)).toBe(300);
    expect(limit.limit).toBe(MAX_LIMIT);
  });

  it("sheds nothing where times are too short for a clock of whole milliseconds", () => {
    const limit = new AdaptiveLimit();
    for (let i = 0; i < 200; i++) expect(round(limit, START + i * 110, 300, i < 50 ? 0 : 5)).toBe(300);
  });

  it("learns of a backend that answers at once", () => {
    const limit = new AdaptiveLimit();
    for (let i = 0; i < 200; i++) round(limit, START + i * 9, 3, 1);
    expect(limit.baselineMs).toBe(1);
  });

  it("keeps its limit while it is idle, and sheds nothing when that is over", () => {
    const limit = felt();
    const { limit: before } = limit;
    expect(before).toBeLessThan(200);
    limit.admits("bulk", START + 60_000);
    expect(limit.limit).toBe(before);
    expect(round(limit, START + 80_000, 1000, 20)).toBe(1000);
  });

  it("sheds nothing of what the backend has borne of late, however slow it becomes", () => {
    const limit = new AdaptiveLimit();
    for (let i = 0; i < 50; i++) round(limit, START + i * 110, 60, 5);
    for (let i = 0; i < 50; i++) expect(round(limit, START + 10_000 + i * 1050, 60, 1000)).toBe(60);
    expect(limit.limit).toBe(MAX_LIMIT);
  });

  it("sheds no more than what is beyond that, when there is more", () => {
    const limit = new AdaptiveLimit();
    for (let i = 0; i < 50; i++) round(limit, START + i * 110, 60, 5, "critical");
    const taken = Array.from({ length: 40 }, (_, i) => round(limit, START + 10_000 + i * 1050, 200, 1000, "critical"));
    // 60 that begin at once find 30 in progress on average. Some rounds are probes.
    expect(taken.filter((count) => count < 30).length).toBeLessThan(10);
    expect(Math.min(...taken.slice(3))).toBeLessThan(60);
  });

  it("sheds nothing for a wait that nobody notices, however many times the usual one it is", () => {
    const limit = new AdaptiveLimit();
    for (let i = 0; i < 50; i++) round(limit, START + i * 110, 20, 1);
    for (let i = 0; i < 50; i++) expect(round(limit, START + 10_000 + i * 110, 300, 50)).toBe(300);
  });

  it("sheds nothing of few requests, however slow they become", () => {
    const limit = new AdaptiveLimit();
    for (let i = 0; i < 50; i++) round(limit, START + i * 110, 8, 20);
    for (let i = 0; i < 50; i++) expect(round(limit, START + 10_000 + i * 5000, 8, 4000)).toBe(8);
    expect(limit.baselineMs).toBeGreaterThan(2000);
  });
});
