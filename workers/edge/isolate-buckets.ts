import { TokenBuckets } from "../../src/base/token-buckets.ts";
import type { SharedBucket } from "../../src/shield/limit/spec.ts";
import { PASSED, type Spent } from "./spend.ts";

/** Different rates at a time, of services that are limited by hand or attacked; one beyond makes all begin anew. */
const MAX_RATES = 10;
/** Of a rate, those that asked last: with some 150 B each, 15 MB at the very most. */
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
