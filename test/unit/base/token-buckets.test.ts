import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TokenBuckets } from "../../../src/base/token-buckets.ts";

const rate = { burst: 3, perSecond: 2 };
const allowed = (buckets: TokenBuckets, key: string, now: number) => buckets.take(key, now).allowed;

describe("a bucket", () => {
  it("lets a burst through, then as many as come in", () => {
    const buckets = new TokenBuckets(rate, 10);
    expect([0, 0, 0, 0].map((now) => allowed(buckets, "a", now))).toEqual([true, true, true, false]);
    expect([499, 500, 999, 1000].map((now) => allowed(buckets, "a", now))).toEqual([false, true, false, true]);
  });

  it("says what is left, and when there will be more", () => {
    const buckets = new TokenBuckets(rate, 10);
    expect(buckets.take("a", 0)).toEqual({ allowed: true, remaining: 2, retryAfterMs: 0, fullAfterMs: 500 });
    buckets.take("a", 0);
    expect(buckets.take("a", 0)).toEqual({ allowed: true, remaining: 0, retryAfterMs: 500, fullAfterMs: 1500 });
    expect(buckets.take("a", 100)).toEqual({ allowed: false, remaining: 0, retryAfterMs: 400, fullAfterMs: 1400 });
  });

  it("takes a token back, and never holds more than a burst", () => {
    const buckets = new TokenBuckets(rate, 10);
    for (let i = 0; i < 3; i++) buckets.take("a", 0);
    buckets.giveBack("a", 0);
    expect([0, 0].map((now) => allowed(buckets, "a", now))).toEqual([true, false]);
    for (let i = 0; i < 9; i++) buckets.giveBack("b", 0);
    expect([0, 0, 0, 0].map((now) => allowed(buckets, "b", now))).toEqual([true, true, true, false]);
  });

  it("gives nothing for a clock that is set back", () => {
    const buckets = new TokenBuckets({ burst: 1, perSecond: 1 }, 10);
    expect([10_000, 9000, 9999, 10_000].map((now) => allowed(buckets, "a", now))).toEqual([true, false, false, true]);
  });
});

describe("many keys", () => {
  it("have a bucket each", () => {
    const buckets = new TokenBuckets({ burst: 1, perSecond: 1 }, 10);
    expect(["a", "b", "a"].map((key) => allowed(buckets, key, 0))).toEqual([true, true, false]);
  });

  it("push out the one that has been quiet for longest, and no other", () => {
    const buckets = new TokenBuckets({ burst: 1, perSecond: 1 }, 2);
    for (const key of ["a", "b", "a", "c"]) allowed(buckets, key, 0);
    expect(allowed(buckets, "a", 0)).toBe(false);
    expect(allowed(buckets, "b", 0)).toBe(true);
  });
});

it("lets through what a list of all times of the past would", () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 3000 }), { maxLength: 60 });
  fc.assert(
    fc.property(gaps, fc.integer({ min: 1, max: 5 }), fc.constantFrom(0.5, 1, 2, 4), (gaps, burst, perSecond) => {
      const buckets = new TokenBuckets({ burst, perSecond }, 1);
      const passed: number[] = [];
      let now = 0;
      for (const gap of gaps) {
        now += gap;
        const fits = fitsAll([...passed, now], burst, perSecond);
        expect(allowed(buckets, "a", now)).toBe(fits);
        if (fits) passed.push(now);
      }
    }),
  );
});

/** Whether no stretch of time that ends now holds more than a burst and what has come in meanwhile. */
function fitsAll(times: readonly number[], burst: number, perSecond: number): boolean {
  const now = times.at(-1) ?? 0;
  return times.every((from, i) => times.length - i <= burst + ((now - from) * perSecond) / 1000);
}
