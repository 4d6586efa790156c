import { keepRecent } from "./keep-recent.ts";

/** How much may be asked: `burst` at once, and `perSecond` in the long run. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/** What is left to somebody who asks. */
export interface Allowance {
  readonly allowed: boolean;
  /** Whole requests that may follow at once. */
  readonly remaining: number;
  /** Until there is a token again; 0 when there is one. */
  readonly retryAfterMs: number;
  /** Until the bucket is full. */
  readonly fullAfterMs: number;
}

/** What a key of some 100 characters takes in memory with its bucket and its place in the map, about. */
export const BUCKET_BYTES = 375;

interface Bucket {
  tokens: number;
  /** Unix milliseconds at which there were as many. */
  at: number;
}

/**
 * A token bucket for each key. At most `maxKeys` are remembered, those that asked last: strangers choose the keys. One
 * that is forgotten starts full, which is what it would be anyway once it has been quiet for `burst / perSecond`.
 */
export class TokenBuckets {
  readonly #rate: Rate;
  readonly #maxKeys: number;
  /** In the order of last use. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(rate: Rate, maxKeys: number) {
    this.#rate = rate;
    this.#maxKeys = maxKeys;
  }

  /** Takes one token, if there is one. */
  take(key: string, now: number): Allowance {
    const bucket = this.#bucket(key, now);
    const allowed = bucket.tokens >= 1;
    if (allowed) bucket.tokens -= 1;
    const { burst, perSecond } = this.#rate;
    const untilMs = (tokens: number) => (Math.max(0, tokens - bucket.tokens) / perSecond) * 1000;
    return {
      allowed,
      remaining: Math.floor(bucket.tokens),
      retryAfterMs: untilMs(1),
      fullAfterMs: untilMs(burst),
    };
  }

  /** Puts a token back that turned out not to be due. */
  giveBack(key: string, now: number): void {
    const bucket = this.#bucket(key, now);
    bucket.tokens = Math.min(this.#rate.burst, bucket.tokens + 1);
  }

  #bucket(key: string, now: number): Bucket {
    const { burst, perSecond } = this.#rate;
    const known = this.#buckets.get(key);
    const bucket = known ?? { tokens: burst, at: now };
    // A clock that is set back takes nothing away.
    const elapsedMs = Math.max(0, now - bucket.at);
    bucket.tokens = Math.min(burst, bucket.tokens + (elapsedMs * perSecond) / 1000);
    bucket.at = now;
    keepRecent(this.#buckets, key, bucket, this.#maxKeys);
    return bucket;
  }
}
