import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_SUPPRESSION_MS } from "../../../src/health/damping.ts";
import type { RegionReason } from "../../../src/health/region-reason.ts";
import {
  DEGRADE_AFTER_MS,
  newRegion,
  RECOVERED_AFTER_MS,
  RESTORE_AFTER_MS,
  type RegionCondition,
  type RegionSigns,
  type RegionState,
  stepRegion,
  WAYS,
} from "../../../src/health/region-state.ts";

const start = Date.UTC(2026, 10, 23);
const failing: RegionReason = { kind: "trigger", trigger: "checks", detail: "all 2 backends are down" };
const partly: RegionReason = { kind: "backends-down", down: 1, total: 2 };
const loaded: RegionReason = { kind: "load", part: "cpu", value: 0.9, target: 0.7 };

const quiet: RegionSigns = { configured: "active", failing: null, degrading: [] };
const signs: Readonly<Record<string, RegionSigns>> = {
  fine: quiet,
  loaded: { ...quiet, degrading: [loaded] },
  partly: { ...quiet, degrading: [partly] },
  dead: { ...quiet, failing, degrading: [partly] },
  maintenance: { ...quiet, configured: "maintenance", failing },
  draining: { ...quiet, configured: "draining" },
};

interface Played {
  readonly condition: RegionCondition;
  readonly way: readonly RegionState[];
}

/** Steps once a second: what is seen, and for how many seconds. */
function play(script: readonly (readonly [sign: string, seconds: number])[], from = newRegion(start)): Played {
  let condition = from;
  const way: RegionState[] = [from.state];
  let now = from.at;
  for (const [sign, seconds] of script) {
    for (let i = 0; i < seconds; i++) {
      now += 1000;
      const step = stepRegion(condition, signs[sign] as RegionSigns, now);
      condition = step.condition;
      way.push(...step.transitions.map(({ to }) => to));
    }
  }
  return { condition, way };
}

const s = (ms: number) => ms / 1000;

describe("a region", () => {
  it.each<[string, readonly (readonly [string, number])[], readonly RegionState[]]>([
    ["stays active while nothing is wrong", [["fine", 100]], ["active"]],
    ["is degraded at once where a verdict says so", [["partly", 1]], ["active", "degraded"]],
    [
      "is not degraded by a moment's load",
      [
        ["loaded", s(DEGRADE_AFTER_MS)],
        ["fine", 1],
      ],
      ["active"],
    ],
    ["is by a load that lasts", [["loaded", s(DEGRADE_AFTER_MS) + 1]], ["active", "degraded"]],
    [
      "is not by loads that come and go",
      [
        ["loaded", 8],
        ["fine", 1],
        ["loaded", 8],
        ["fine", 1],
        ["loaded", 8],
      ],
      ["active"],
    ],
    [
      "stays degraded for a while",
      [
        ["partly", 1],
        ["fine", s(RESTORE_AFTER_MS)],
      ],
      ["active", "degraded"],
    ],
    [
      "is active then",
      [
        ["partly", 1],
        ["fine", s(RESTORE_AFTER_MS) + 1],
      ],
      ["active", "degraded", "active"],
    ],
    ["passes through degraded when it dies", [["dead", 1]], ["active", "degraded", "failed"]],
    [
      "proves itself before it is active",
      [
        ["dead", 30],
        ["fine", s(RECOVERED_AFTER_MS)],
      ],
      ["active", "degraded", "failed", "recovering"],
    ],
    [
      "is active then, and not before",
      [
        ["dead", 30],
        ["fine", s(RECOVERED_AFTER_MS) + 1],
      ],
      ["active", "degraded", "failed", "recovering", "active"],
    ],
    [
      "fails again while it recovers",
      [
        ["dead", 3],
        ["fine", 3],
        ["dead", 1],
      ],
      ["active", "degraded", "failed", "recovering", "failed"],
    ],
    [
      "that is back with half of its backends is degraded",
      [
        ["dead", 3],
        ["partly", s(RECOVERED_AFTER_MS) + 1],
      ],
      ["active", "degraded", "failed", "recovering", "active", "degraded"],
    ],
    ["is in maintenance whatever fails", [["maintenance", 100]], ["active", "maintenance"]],
    [
      "proves itself after maintenance",
      [
        ["dead", 1],
        ["maintenance", 100],
        ["fine", 1],
      ],
      ["active", "degraded", "failed", "maintenance", "recovering"],
    ],
    [
      "goes from draining to maintenance",
      [
        ["draining", 5],
        ["maintenance", 5],
      ],
      ["active", "draining", "maintenance"],
    ],
  ])("%s", (_, script, way) => {
    expect(play(script).way).toEqual(way);
  });

  it("that flaps is held failed, and says until when", () => {
    const flaps = Array.from({ length: 4 }, () => [["dead", 5] as const, ["fine", 5] as const]).flat();
    const { condition } = play(flaps);
    expect(condition.state).toBe("failed");
    expect(condition.reasons).toEqual([{ kind: "flapping", until: expect.any(Number) }]);
    const later = play([["fine", s(MAX_SUPPRESSION_MS) + s(RECOVERED_AFTER_MS) + 2]], condition);
    expect(later.condition.state).toBe("active");
  });

  it.each([
    ["a clock that is set back", -3_600_000],
    ["a pause of who looks", 3_600_000],
  ])("is not restored by %s", (_, jumpMs) => {
    const { condition } = play([
      ["partly", 1],
      ["fine", 20],
    ]);
    const jumped = stepRegion(condition, quiet, condition.at + jumpMs);
    expect(jumped.condition.state).toBe("degraded");
    expect(jumped.condition.since).toBeLessThanOrEqual(jumped.condition.at);
    const { way } = play([["fine", s(RESTORE_AFTER_MS) - 1]], jumped.condition);
    expect(way).toEqual(["degraded"]);
    expect(play([["fine", s(RESTORE_AFTER_MS) + 1]], jumped.condition).condition.state).toBe("active");
  });
});

const stories = fc.array(
  fc.record({ sign: fc.constantFrom(...Object.keys(signs)), stepMs: fc.integer({ min: -5000, max: 90_000 }) }),
  { maxLength: 200 },
);

describe("whatever happens", () => {
  it("no state is skipped, and each change begins where the last one ended", () => {
    fc.assert(
      fc.property(stories, (story) => {
        let condition = newRegion(start);
        for (const { sign, stepMs } of story) {
          const step = stepRegion(condition, signs[sign] as RegionSigns, condition.at + stepMs);
          let { state } = condition;
          for (const { from, to } of step.transitions) {
            expect(from).toBe(state);
            expect(WAYS[from]).toContain(to);
            state = to;
          }
          condition = step.condition;
          expect(condition.state).toBe(state);
        }
      }),
    );
  });

  it("what people set holds at once, and what fails is never active", () => {
    fc.assert(
      fc.property(stories, (story) => {
        let condition = newRegion(start);
        for (const { sign, stepMs } of story) {
          const seen = signs[sign] as RegionSigns;
          condition = stepRegion(condition, seen, condition.at + stepMs).condition;
          if (seen.configured !== "active") expect(condition.state).toBe(seen.configured);
          else if (seen.failing !== null) expect(condition.state).toBe("failed");
        }
      }),
    );
  });

  it("a region fails at most three times in two minutes, however it flaps", () => {
    const flaps = fc.array(fc.tuple(fc.constantFrom("dead", "fine"), fc.integer({ min: 1, max: 20 })), {
      minLength: 20,
      maxLength: 60,
    });
    fc.assert(
      fc.property(flaps, (script) => {
        let condition = newRegion(start);
        const failures: number[] = [];
        for (const [sign, seconds] of script) {
          for (let i = 0; i < seconds; i++) {
            const step = stepRegion(condition, signs[sign] as RegionSigns, condition.at + 1000);
            condition = step.condition;
            for (const { to, at } of step.transitions) if (to === "failed") failures.push(at);
          }
        }
        for (const at of failures)
          expect(failures.filter((other) => other >= at && other < at + 120_000).length).toBeLessThanOrEqual(3);
      }),
      { numRuns: 200 },
    );
  });
});
