import { MAX_EDGES, moreAheadOf } from "./loan.ts";
import { type BucketSpec, perSecondOf } from "./spec.ts";
import { TokenBucket } from "./token-bucket.ts";

/** A part of a rate is off by no more than one in so many. */
const PRECISION = 100;
const LONGEST_PERIOD_SECONDS = 86_400;

/** Of a limit. */
interface Part {
  readonly parts: number;
  /** Of the whole. */
  readonly burst: number;
  /** At first, 0 to 1. */
  readonly fullness: number;
}

/** An edge's part of a limit, for what it decides alone. */
export class OwnPart {
  readonly #spec: BucketSpec;
  #bucket: TokenBucket | null = null;
  #parts = 0;

  constructor(spec: BucketSpec) {
    this.#spec = spec;
  }

  /** If it takes nothing. */
  get msUntilFull(): number {
    return this.#bucket?.msUntilFull ?? 0;
  }

  /** By the limit divided by so many edges. */
  take(cost: number, edges: number, now: number): boolean {
    return this.#take(cost, { parts: edges, burst: this.#spec.burst, fullness: 1 }, now);
  }

  /** By a pace, in tokens a second, and a part of all that may be lent that is as large. Of that there is nothing at first. */
  takePaced(cost: number, pace: number, now: number): boolean {
    const parts = Math.max(1, perSecondOf(this.#spec) / pace);
    const burst = this.#spec.burst + moreAheadOf(this.#spec, MAX_EDGES);
    return this.#take(cost, { parts, burst, fullness: 0 }, now);
  }

  #take(cost: number, part: Part, now: number): boolean {
    this.#bucket?.advance(now);
    if (this.#bucket === null || this.#parts !== part.parts) this.#bucket = this.#divide(cost, part, now);
    this.#parts = part.parts;
    return this.#bucket.take(cost);
  }

  /** As full as the one that it replaces. */
  #divide(cost: number, { parts, burst, fullness }: Part, now: number): TokenBucket {
    const { rate, periodSeconds } = this.#spec;
    // In a longer period, as a rate is a whole number.
    const long = periodSeconds * Math.max(1, Math.ceil((PRECISION * parts) / rate));
    const period = Math.min(LONGEST_PERIOD_SECONDS, long);
    const spec = {
      rate: Math.max(1, Math.floor((rate * period) / (periodSeconds * parts))),
      periodSeconds: period,
      burst: Math.max(1, cost, Math.floor(burst / parts)),
    };
    const isFull = this.#bucket?.fullness ?? fullness;
    return new TokenBucket(spec, now, 0, Math.floor(isFull * spec.burst * period * 1000));
  }
}
