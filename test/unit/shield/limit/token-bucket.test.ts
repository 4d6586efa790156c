import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TokenBucket } from "../../../../src/shield/limit/token-bucket.ts";

const spec = { rate: 10, periodSeconds: 1, burst: 5 };

/** The same in exact fractions, without a thought for speed. */
class Twin {
  parts: bigint;
  at = 0n;
  readonly #perToken: bigint;
  readonly #full: bigint;
  readonly #rate: bigint;

  constructor({ rate, periodSeconds, burst }: typeof spec) {
    this.#perToken = BigInt(periodSeconds * 1000);
    this.#rate = BigInt(rate);
    this.#full = BigInt(burst) * this.#perToken;
    this.parts = this.#full;
  }

  take(tokens: number, now: number): boolean {
    const then = BigInt(now);
    if (then > this.at) {
      this.parts += (then - this.at) * this.#rate;
      if (this.parts > this.#full) this.parts = this.#full;
      this.at = then;
    }
    const cost = BigInt(tokens) * this.#perToken;
    if (cost > this.parts) return false;
    this.parts -= cost;
    return true;
  }
}

describe("a token bucket", () => {
  it("starts full, and fills by its rate up to the burst", () => {
    const bucket = new TokenBucket(spec, 0);
    expect(bucket.take(5)).toBe(true);
    expect(bucket.take(1)).toBe(false);
    expect(bucket.msUntil(1)).toBe(100);
    bucket.advance(99);
    expect(bucket.take(1)).toBe(false);
    bucket.advance(100);
    expect(bucket.take(1)).toBe(true);
    bucket.advance(1e15);
    expect(bucket.tokens).toBe(5);
  });

  it("is full earlier by what is out and belongs in it", () => {
    const bucket = new TokenBucket(spec, 0);
    bucket.take(5);
    bucket.advance(10_000, 3);
    expect(bucket.tokens).toBe(2);
  });

  it("does not bring the same time twice", () => {
    const bucket = new TokenBucket(spec, 1000);
    bucket.take(5);
    bucket.advance(1200);
    bucket.advance(0);
    bucket.advance(1200);
    expect(bucket.tokens).toBe(2);
  });

  it("takes nothing more than what is there, and takes nothing back beyond what it can hold", () => {
    const bucket = new TokenBucket(spec, 0);
    expect(bucket.takeUpTo(7)).toBe(5);
    bucket.giveBack(1000);
    expect(bucket.tokens).toBe(5);
    expect(bucket.take(10_000_000)).toBe(false);
    expect(bucket.take(0)).toBe(true);
  });

  it("stays among the whole numbers at its widest", () => {
    const bucket = new TokenBucket({ rate: 10_000_000, periodSeconds: 86_400, burst: 10_000_000 }, 0, 400);
    bucket.take(9_999_999);
    bucket.advance(8_000_000_000_000_000);
    expect(bucket.tokens).toBe(10_000_046);
    expect(Number.isSafeInteger(bucket.msUntil(10_000_000))).toBe(true);
  });

  it("is what exact fractions say, in any order of times", () => {
    const specs = fc.record({
      rate: fc.integer({ min: 1, max: 10_000_000 }),
      periodSeconds: fc.integer({ min: 1, max: 86_400 }),
      burst: fc.integer({ min: 1, max: 10_000_000 }),
    });
    const takes = fc.array(fc.tuple(fc.integer({ min: 0, max: 100_000_000 }), fc.integer({ min: 0, max: 20_000_000 })));
    fc.assert(
      fc.property(specs, takes, (any, steps) => {
        const bucket = new TokenBucket(any, 0);
        const twin = new Twin(any);
        for (const [now, tokens] of steps) {
          bucket.advance(now);
          expect(bucket.take(tokens)).toBe(twin.take(tokens, now));
        }
      }),
    );
  });
});
