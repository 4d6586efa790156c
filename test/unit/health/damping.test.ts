import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Damping,
  FALL_PENALTY,
  fall,
  MAX_SUPPRESSION_MS,
  PENALTY_CEILING,
  PENALTY_HALF_LIFE_MS,
  penaltyAt,
  REUSE_BELOW,
  reuseAt,
  SUPPRESS_ABOVE,
  settle,
  undamped,
} from "../../../src/health/damping.ts";

const start = Date.UTC(2026, 10, 23);

/** Times of falls, in order. */
const fallTimes = (minGapMs: number, maxGapMs: number) =>
  fc.array(fc.integer({ min: minGapMs, max: maxGapMs }), { minLength: 1, maxLength: 40 }).map((gapsMs) => {
    let at = start;
    return gapsMs.map((gapMs) => {
      at += gapMs;
      return at;
    });
  });

const afterFalls = (times: readonly number[]) => times.reduce((damping, at) => fall(settle(damping, at), at), undamped);

describe("damping", () => {
  it.each<[string, number[], boolean]>([
    ["one fall", [0], false],
    ["two falls at once", [0, 0], false],
    ["three falls within two minutes", [0, 50, 100], true],
    ["a fall every two minutes", [0, 120, 240, 360, 480, 600, 720, 840], false],
    ["a fall every minute", [0, 60, 120], true],
  ])("%s", (_, seconds, suppressed) => {
    expect(afterFalls(seconds.map((second) => start + second * 1000)).suppressed).toBe(suppressed);
  });

  it("halves the penalty once per half-life", () => {
    const damping = fall(undamped, start);
    expect(penaltyAt(damping, start + PENALTY_HALF_LIFE_MS)).toBeCloseTo(FALL_PENALTY / 2);
    expect(penaltyAt(damping, start + 3 * PENALTY_HALF_LIFE_MS)).toBeCloseTo(FALL_PENALTY / 8);
  });

  it("goes on after a fall during suppression, though the penalty stays below the threshold", () => {
    const suppressed = afterFalls([start, start, start]);
    const again = fall(suppressed, reuseAt(suppressed) - 1000);
    expect(again.penalty).toBeLessThan(SUPPRESS_ABOVE);
    expect(again.suppressed).toBe(true);
  });

  it("counts a clock that went back as no time", () => {
    expect(penaltyAt(fall(undamped, start), start - 60_000)).toBe(FALL_PENALTY);
  });

  it("is the decayed sum of the falls, up to the ceiling", () => {
    fc.assert(
      fc.property(fallTimes(0, 600_000), fc.integer({ min: 0, max: 600_000 }), (times, laterMs) => {
        const now = (times.at(-1) ?? start) + laterMs;
        const sum = times.reduce((total, at) => total + FALL_PENALTY * 2 ** ((at - now) / PENALTY_HALF_LIFE_MS), 0);
        const penalty = penaltyAt(afterFalls(times), now);
        const everCapped = times.some(
          (_, i) => penaltyAt(afterFalls(times.slice(0, i + 1)), times[i] ?? 0) >= PENALTY_CEILING,
        );
        if (everCapped) expect(penalty).toBeLessThanOrEqual(Math.min(PENALTY_CEILING, sum) + 1e-6);
        else expect(penalty).toBeCloseTo(sum, 6);
      }),
    );
  });

  it("holds down until the penalty is below the reuse threshold, and never longer than the maximum", () => {
    fc.assert(
      fc.property(fallTimes(0, 60_000), (times) => {
        const damping: Damping = afterFalls(times);
        fc.pre(damping.suppressed);
        const last = times.at(-1) ?? start;
        expect(reuseAt(damping)).toBeLessThanOrEqual(last + MAX_SUPPRESSION_MS);
        expect(settle(damping, reuseAt(damping) - 1).suppressed).toBe(true);
        expect(settle(damping, reuseAt(damping)).suppressed).toBe(false);
        expect(penaltyAt(damping, reuseAt(damping))).toBeLessThanOrEqual(REUSE_BELOW + 1e-6);
      }),
    );
  });

  it("never suppresses a backend that falls less than once in two minutes", () => {
    fc.assert(
      fc.property(fallTimes(PENALTY_HALF_LIFE_MS, 600_000), (times) => {
        expect(afterFalls(times).suppressed).toBe(false);
      }),
    );
  });
});
