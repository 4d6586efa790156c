import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BandwidthBucket } from "../../../src/shaping/bandwidth.ts";

describe("a bucket of bytes", () => {
  it("gives a quarter of a second's worth at once, and says how long the next takes", () => {
    const bucket = new BandwidthBucket(4000, 0);
    expect(bucket.take(600, 0)).toEqual({ bytes: 600, waitMs: 0 });
    expect(bucket.take(600, 0)).toEqual({ bytes: 0, waitMs: 50 });
    expect(bucket.take(600, 50)).toEqual({ bytes: 600, waitMs: 0 });
    // More than the bucket holds comes in parts.
    expect(bucket.take(5000, 50)).toEqual({ bytes: 0, waitMs: 250 });
    expect(bucket.take(5000, 300)).toEqual({ bytes: 1000, waitMs: 0 });
  });

  it("never gives more than its rate and one burst, and always goes on, whatever the clock does", () => {
    const steps = fc.array(
      fc.record({ wanted: fc.integer({ min: 1, max: 5_000_000 }), afterMs: fc.integer({ min: -50, max: 500 }) }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1024, max: 10_000_000 }), steps, (rate, asked) => {
        const bucket = new BandwidthBucket(rate, 0);
        let [now, forward, given] = [0, 0, 0];
        for (const { wanted, afterMs } of asked) {
          now += afterMs;
          forward += Math.max(0, afterMs);
          const first = bucket.take(wanted, now);
          given += first.bytes;
          expect(first.bytes).toBeLessThanOrEqual(wanted);
          if (first.bytes === 0) {
            now += first.waitMs;
            forward += first.waitMs;
            const second = bucket.take(wanted, now);
            expect(second.bytes).toBeGreaterThan(0);
            given += second.bytes;
          }
        }
        expect(given).toBeLessThanOrEqual((rate * forward) / 1000 + rate / 4 + 1e-3);
      }),
    );
  });
});
