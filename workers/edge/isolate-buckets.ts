import { keepRecent } from "../../src/base/keep-recent.ts";
import { BUCKET_BYTES, TokenBuckets } from "../../src/base/token-buckets.ts";
import type { SharedBucket } from "../../src/shield/limit/spec.ts";
import { PASSED, type Spent } from "./spend.ts";

/** Different rates at a time, of services that are limited by hand or attacked: those used last. */
export const MAX_RATES = 10;
/** Of a rate, those that asked last. */
const MAX_NAMES = 10_000;

/** Buckets that this isolate has for itself. */
export class IsolateBuckets {
  /** What they need at the very most. */
  readonly maxBytes = MAX_RATES * MAX_NAMES * BUCKET_BYTES;
  /** In the order of last use. */
  readonly #byRate = new Map<string, TokenBuckets>();

  spend({ name, rate, periodSeconds, burst }: SharedBucket, now: number): Spent {
    const key = `${rate}/${periodSeconds}/${burst}`;
    const buckets = this.#byRate.get(key) ?? new TokenBuckets({ burst, perSecond: rate / periodSeconds }, MAX_NAMES);
    keepRecent(this.#byRate, key, buckets, MAX_RATES);
    const { allowed, retryAfterMs } = buckets.take(name, now);
    return allowed ? PASSED : { kind: "short", retryAfterMs };
  }
}
