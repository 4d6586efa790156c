import type { BucketSpec } from "./spec.ts";

/**
 * A token bucket in whole numbers. It counts in parts of a token, of which there are as many as the period has
 * milliseconds: each millisecond brings `rate` parts, so that no fraction ever comes up. At the widest spec (10^7 tokens,
 * a day) a full bucket is 10^7 × 86,400,000 parts and those of `aheadMs`, 8.7 × 10^14, below 2^53.
 *
 * Beyond its burst it may hold what comes in `aheadMs`: what is lent before it has come. It starts full, or with so many
 * parts. Time that goes back takes nothing, and what it brought is not brought again.
 */
export class TokenBucket {
  readonly #rate: number;
  readonly #partsPerToken: number;
  readonly #capacity: number;
  #parts: number;
  #at: number;

  constructor({ rate, periodSeconds, burst }: BucketSpec, now: number, aheadMs = 0, parts = Number.POSITIVE_INFINITY) {
    this.#rate = rate;
    this.#partsPerToken = periodSeconds * 1000;
    this.#capacity = burst * this.#partsPerToken + rate * aheadMs;
    this.#parts = Math.min(this.#capacity, parts);
    this.#at = now;
  }

  get parts(): number {
    return this.#parts;
  }

  /** Of a full one, 0 to 1. */
  get fullness(): number {
    return this.#parts / this.#capacity;
  }

  /** If nobody takes any. */
  get msUntilFull(): number {
    return Math.ceil((this.#capacity - this.#parts) / this.#rate);
  }

  /** Whole tokens that are there. */
  get tokens(): number {
    return Math.floor(this.#parts / this.#partsPerToken);
  }

  /** Whole tokens that are there without so many, and without what comes in so many milliseconds; at least 0. */
  tokensWithout(tokens: number, ms: number): number {
    const parts = this.#parts - tokens * this.#partsPerToken - this.#rate * ms;
    return Math.max(0, Math.floor(parts / this.#partsPerToken));
  }

  /** Lets time pass. With `out` tokens that are elsewhere and belong in it, it is full so much earlier. */
  advance(now: number, out = 0): void {
    const elapsedMs = Math.floor(now - this.#at);
    if (!(elapsedMs > 0)) return;
    this.#at += elapsedMs;
    const room = this.#capacity - out * this.#partsPerToken - this.#parts;
    if (room <= 0) return;
    // Compared before it is multiplied: a long time would leave the whole numbers.
    this.#parts += elapsedMs >= room / this.#rate ? room : elapsedMs * this.#rate;
  }

  /** Takes so many tokens, or none when there are not as many. */
  take(tokens: number): boolean {
    if (tokens * this.#partsPerToken > this.#parts) return false;
    this.#parts -= tokens * this.#partsPerToken;
    return true;
  }

  takeUpTo(tokens: number): number {
    const taken = Math.min(tokens, this.tokens);
    this.take(taken);
    return taken;
  }

  /** Puts back what was taken and not spent. */
  giveBack(tokens: number): void {
    this.#parts = Math.min(this.#capacity, this.#parts + tokens * this.#partsPerToken);
  }

  /** Until there are so many tokens, if nobody takes any. */
  msUntil(tokens: number): number {
    return Math.max(0, Math.ceil((tokens * this.#partsPerToken - this.#parts) / this.#rate));
  }
}
