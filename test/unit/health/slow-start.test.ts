import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SLOW_START_MIN_FACTOR, slowStartFactor } from "../../../src/health/slow-start.ts";

describe("slowStartFactor", () => {
  it.each([
    ["just up", 0, 30, 1, 0.1],
    ["still below the minimum", 2000, 30, 1, 0.1],
    ["half of the window, linear", 15_000, 30, 1, 0.5],
    ["half of the window, aggressive", 15_000, 30, 2, Math.SQRT1_2],
    ["half of the window, timid", 15_000, 30, 0.5, 0.25],
    ["the end of the window", 30_000, 30, 1, 1],
    ["long after it", 3_600_000, 30, 1, 1],
    ["up according to a clock that is ahead", -5000, 30, 1, 0.1],
    ["no window", 0, 0, 1, 1],
    ["no window, and a clock that is ahead", -5000, 0, 1, 1],
  ])("%s", (_, elapsedMs, windowSeconds, aggression, factor) => {
    expect(slowStartFactor(elapsedMs, windowSeconds, aggression)).toBeCloseTo(factor, 10);
  });

  it("rises from the minimum to 1 and never falls", () => {
    const elapsed = fc.integer({ min: -10_000, max: 4_000_000 });
    const settings = fc.tuple(fc.integer({ min: 0, max: 3600 }), fc.double({ min: 0.1, max: 10, noNaN: true }));
    fc.assert(
      fc.property(elapsed, elapsed, settings, (a, b, [windowSeconds, aggression]) => {
        const sooner = slowStartFactor(Math.min(a, b), windowSeconds, aggression);
        const later = slowStartFactor(Math.max(a, b), windowSeconds, aggression);
        expect(sooner).toBeGreaterThanOrEqual(SLOW_START_MIN_FACTOR);
        expect(later).toBeGreaterThanOrEqual(sooner);
        expect(later).toBeLessThanOrEqual(1);
      }),
    );
  });
});
