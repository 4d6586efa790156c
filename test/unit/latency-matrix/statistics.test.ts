import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Series } from "../../../src/latency-matrix/series.ts";
import { statisticsOf } from "../../../src/latency-matrix/statistics.ts";

const series = (at: number, roundTripsMs: readonly number[], lost = 0): Series => ({ at, roundTripsMs, lost });
const oneTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);
const nothing = { minMs: null, avgMs: null, p50Ms: null, p95Ms: null, p99Ms: null, jitterMs: null };

describe("statisticsOf", () => {
  it.each<[string, readonly Series[], object]>([
    [
      "one request",
      [series(7, [80])],
      { minMs: 80, avgMs: 80, p50Ms: 80, p95Ms: 80, p99Ms: 80, jitterMs: null, loss: 0, samples: 1, at: 7 },
    ],
    [
      "1 to 100, in order",
      [1, 2, 3, 4, 5].map((i) => series(i, oneTo(100).slice(20 * i - 20, 20 * i))),
      { minMs: 1, avgMs: 50.5, p50Ms: 50, p95Ms: 95, p99Ms: 99, jitterMs: 1, loss: 0, samples: 100, at: 5 },
    ],
    [
      // 95 % of 20 is 19 exactly, and 99 % more than that.
      "1 to 20",
      [series(1, oneTo(20))],
      { minMs: 1, avgMs: 10.5, p50Ms: 10, p95Ms: 19, p99Ms: 20, jitterMs: 1, loss: 0, samples: 20, at: 1 },
    ],
    ["differences both ways", [series(1, [10, 14, 12])], { jitterMs: 3, avgMs: 12 }],
    ["a drift between series, which is no jitter", [series(1, [10, 10]), series(2, [90, 90])], { jitterMs: 0 }],
    ["a quarter lost", [series(1, [10, 20], 1), series(2, [30])], { loss: 0.25, samples: 4, p50Ms: 20 }],
    ["everything lost", [series(1, [], 3), series(9, [], 1)], { ...nothing, loss: 1, samples: 4, at: 9 }],
  ])("%s", (_, given, expected) => {
    expect(statisticsOf(given)).toMatchObject(expected);
  });

  it.each<[string, readonly Series[]]>([
    ["no series", []],
    ["a series of nothing", [series(1, [])]],
  ])("%s: there are none", (_, given) => {
    expect(statisticsOf(given)).toBeNull();
  });

  it("do not depend on the order of the series", () => {
    const aSeries = fc.record({
      at: fc.integer({ min: 0, max: 1000 }),
      roundTripsMs: fc.array(fc.double({ min: 0.01, max: 5000, noNaN: true }), { maxLength: 20 }),
      lost: fc.integer({ min: 0, max: 20 }),
    });
    const shuffled = fc
      .array(aSeries, { maxLength: 8 })
      .chain((given) => fc.tuple(fc.constant(given), fc.shuffledSubarray(given, { minLength: given.length })));
    fc.assert(
      fc.property(shuffled, ([given, other]) => {
        expect(statisticsOf(other)).toEqual(statisticsOf(given));
      }),
    );
  });
});
