import fc from "fast-check";
import { expect, it } from "vitest";
import { bucketOf, LATENCY_BUCKETS, quantileOf } from "../../../src/health/latency-buckets.ts";

/** The error of a bucket, a quarter of an octave. */
const STEP = 2 ** (1 / 4);

function counted(latencies: readonly number[]): number[] {
  const counts = Array<number>(LATENCY_BUCKETS).fill(0);
  for (const ms of latencies) counts[bucketOf(ms)] = (counts[bucketOf(ms)] ?? 0) + 1;
  return counts;
}

it.each([
  ["nothing", 0, 0],
  ["less than nothing, by a clock that was set back", -5, 0],
  ["what is just not too long", 500, 36],
  ["what is", 501, 37],
  ["what never ends", Number.POSITIVE_INFINITY, LATENCY_BUCKETS - 1],
])("%s has its bucket", (_, ms, bucket) => {
  expect(bucketOf(ms)).toBe(bucket);
});

it("a quantile is that of the sorted list, but for the width of a bucket", () => {
  const latency = fc.double({ min: 1, max: 50_000, noNaN: true });
  const part = fc.double({ min: 0.01, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.array(latency, { minLength: 1, maxLength: 200 }), part, (latencies, q) => {
      const sorted = [...latencies].sort((a, b) => a - b);
      const exact = sorted[Math.ceil(q * sorted.length - 1e-9) - 1] ?? 0;
      const found = quantileOf(counted(latencies), q) ?? 0;
      expect(found).toBeGreaterThan(exact / STEP / 1.001);
      expect(found).toBeLessThan(exact * STEP * 1.001);
    }),
  );
});

it("a quantile of what is all in bounds is in bounds", () => {
  expect(quantileOf(counted(Array(100).fill(500)), 0.95)).toBeLessThanOrEqual(500);
  expect(quantileOf(counted(Array(100).fill(501)), 0.95)).toBeGreaterThan(500);
});

it("there is none of nothing", () => {
  expect(quantileOf(counted([]), 0.95)).toBeNull();
});
