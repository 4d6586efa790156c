import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keep, MAX_KEPT_SAMPLES, type Series, samplesIn } from "../../../src/latency-matrix/series.ts";

const sum = (all: readonly Series[]) => all.reduce((total, series) => total + samplesIn(series), 0);

describe("keep", () => {
  it("lets the oldest go when there are more samples than may be kept", () => {
    let kept: readonly Series[] = [];
    for (let at = 1; at <= 30; at++) kept = keep(kept, { at, roundTripsMs: [at, at, at, at], lost: 1 });
    expect(kept.map(({ at }) => at)).toEqual(Array.from({ length: 20 }, (_, i) => i + 11));
    expect(sum(kept)).toBe(MAX_KEPT_SAMPLES);
  });

  it("cuts the oldest series where it no longer fits whole", () => {
    const old: Series = { at: 1, roundTripsMs: [8, 9], lost: 30 };
    const fresh = (lost: number): Series => ({ at: 2, roundTripsMs: [], lost });
    expect(keep([old], fresh(70))).toEqual([{ ...old, lost: 28 }, fresh(70)]);
    expect(keep([old], fresh(99))).toEqual([{ at: 1, roundTripsMs: [9], lost: 0 }, fresh(99)]);
    expect(keep([old], fresh(100))).toEqual([fresh(100)]);
  });

  it("keeps no series of nothing", () => {
    expect(keep([], { at: 1, roundTripsMs: [], lost: 0 })).toEqual([]);
  });

  it("the same, and no more than it may, in whatever order they come", () => {
    const all = fc.uniqueArray(
      fc.record({
        at: fc.integer({ min: 0, max: 1000 }),
        roundTripsMs: fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 20 }),
        lost: fc.integer({ min: 0, max: 20 }),
      }),
      { selector: ({ at }) => at, maxLength: 20 },
    );
    const shuffled = all.chain((given) =>
      fc.tuple(fc.constant(given), fc.shuffledSubarray(given, { minLength: given.length })),
    );
    const keepAll = (given: readonly Series[]) => given.reduce<readonly Series[]>(keep, []);
    fc.assert(
      fc.property(shuffled, ([given, other]) => {
        expect(keepAll(other)).toEqual(keepAll(given));
        expect(sum(keepAll(given))).toBeLessThanOrEqual(MAX_KEPT_SAMPLES);
      }),
    );
  });
});
