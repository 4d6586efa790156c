import { TokenBuckets } from "../../src/base/token-buckets.ts";
import type { Allotment } from "../../src/shield/defence/allotment.ts";
import type { Spent } from "./spend.ts";

const MAX_RATES = 100;
const MAX_KEYS = 2000;

/** Allotments as one isolate has them that asks nobody: each gives what is allotted. */
export class IsolateBuckets {
  readonly #byRate = new Map<string, TokenBuckets>();

  spend({ name, rate, periodSeconds, burst }: Allotment, now: number): Spent {
    const key = `${rate}/${periodSeconds}/${burst}`;
    let buckets = this.#byRate.get(key);
    if (!buckets) {
      if (this.#byRate.size >= MAX_RATES) this.#byRate.clear();
      buckets = new TokenBuckets({ burst, perSecond: rate / periodSeconds }, MAX_KEYS);
      this.#byRate.set(key, buckets);
    }
    const { allowed, retryAfterMs } = buckets.take(name, now);
    return { passes: allowed, retryAfterMs };
  }
}
