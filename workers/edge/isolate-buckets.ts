import { TokenBuckets } from "../../src/base/token-buckets.ts";
import type { SharedBucket } from "../../src/shield/limit/spec.ts";
import { PASSED, type Spent } from "./spend.ts";

/** Different rates at a time: services that are limited by hand. */
const MAX_RATES = 100;
/** Of a rate, those that asked last. */
const MAX_NAMES = 10_000;

/** Buckets that this isolate has for itself. */
export class IsolateBuckets {
  readonly #byRate = new Map<string, TokenBuckets>();

  spend({ name, rate, periodSeconds, burst }: SharedBucket, now: number): Spent {
    const key = `${rate}/${periodSeconds}/${burst}`;
    let buckets = this.#byRate.get(key);
    if (!buckets) {
      if (this.#byRate.size >= MAX_RATES) this.#byRate.clear();
      buckets = new TokenBuckets({ burst, perSecond: rate / periodSeconds }, MAX_NAMES);
      this.#byRate.set(key, buckets);
    }
    const { allowed, retryAfterMs } = buckets.take(name, now);
    return allowed ? PASSED : { kind: "short", retryAfterMs };
  }
}
