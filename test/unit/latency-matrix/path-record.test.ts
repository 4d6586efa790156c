import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addCheck,
  type PathRecord,
  pathRecordSchema,
  statisticsOfPaths,
  unmeasured,
} from "../../../src/latency-matrix/path-record.ts";

const start = Date.UTC(2026, 10, 23);
const MINUTE_MS = 60_000;

/** Checks a second apart. */
const checked = (checks: readonly (number | null)[], from = start): PathRecord =>
  checks.reduce<PathRecord>((record, ms, i) => addCheck(record, ms, from + 1000 * i), unmeasured);

/** The least value that at least so many percent do not exceed. */
const exact = (values: readonly number[], percent: number) =>
  [...values].sort((a, b) => a - b)[Math.max(0, Math.ceil((percent * values.length) / 100) - 1)] as number;

const roundTrips = fc.array(fc.integer({ min: 1, max: 10_000 }), { minLength: 1, maxLength: 200 });

describe("a path's record", () => {
  it("of no check is nothing", () => {
    expect(statisticsOfPaths([unmeasured, unmeasured])).toBeNull();
  });

  it("has loss, jitter, least and mean as they are", () => {
    expect(statisticsOfPaths([checked([10, 14, null, 30, 20, 0])])).toMatchObject({
      minMs: 0,
      avgMs: 14.8,
      // Of 10 to 14, 30 to 20 and 20 to 0: none across the lost one.
      jitterMs: 34 / 3,
      loss: 1 / 6,
      samples: 6,
      at: start + 5000,
    });
  });

  it("of lost checks alone has no time", () => {
    const lost = { minMs: null, avgMs: null, p50Ms: null, p99Ms: null, jitterMs: null, loss: 1, samples: 2 };
    expect(statisticsOfPaths([checked([null, null])])).toMatchObject(lost);
  });

  it("has quantiles within the sketch's accuracy of the next sample above or below", () => {
    fc.assert(
      fc.property(roundTrips, (checks) => {
        const found = statisticsOfPaths([checked(checks)]);
        for (const [percent, ms] of [
          [50, found?.p50Ms],
          [95, found?.p95Ms],
          [99, found?.p99Ms],
        ] as const) {
          const at = [percent - 100 / checks.length, percent, percent + 100 / checks.length];
          const near = at.map((each) => exact(checks, Math.min(100, Math.max(0, each))));
          expect(ms).toBeGreaterThanOrEqual(Math.min(...near) * 0.979);
          expect(ms).toBeLessThanOrEqual(Math.max(...near) * 1.021);
        }
      }),
    );
  });

  it("stays small and readable, whatever is added", () => {
    fc.assert(
      fc.property(
        fc.array(fc.option(fc.double({ min: 0, max: 60_000, noNaN: true })), { maxLength: 400 }),
        (checks) => {
          const record = checked(checks);
          expect(pathRecordSchema.parse(JSON.parse(JSON.stringify(record)))).toEqual(record);
        },
      ),
    );
  });

  it("of several paths is that of all their checks", () => {
    fc.assert(
      fc.property(roundTrips, roundTrips, (one, other) => {
        const apart = statisticsOfPaths([checked(one), checked(other)]);
        const { p50Ms, p95Ms, minMs, samples } = statisticsOfPaths([checked([...one, ...other])]) ?? {};
        expect(apart).toMatchObject({ p50Ms, p95Ms, minMs, samples });
      }),
    );
  });

  it("forgets what is older than an hour", () => {
    const half = addCheck(checked([1000]), 10, start + 31 * MINUTE_MS);
    expect(statisticsOfPaths([half])?.samples).toBe(2);
    expect(statisticsOfPaths([addCheck(half, 10, start + 62 * MINUTE_MS)])).toMatchObject({ samples: 2, minMs: 10 });
    expect(statisticsOfPaths([addCheck(half, 10, start + 200 * MINUTE_MS)])?.samples).toBe(1);
  });
});
