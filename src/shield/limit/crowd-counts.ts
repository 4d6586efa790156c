import { mix32 } from "../../base/hash.ts";
import { type BucketSpec, perSecondOf } from "./spec.ts";

const SETS = 4096;
/** Places of a set: what does not fit drives out the one that has spent least. */
const WAYS = 4;

/**
 * What keys or networks spend, in fixed memory (192 KB): a bucket for each. A cell is a fingerprint and the time at which
 * what was spent will have come again.
 *
 * It errs to the side of letting pass, as clients must not suffer for what others do: one that was driven out starts full,
 * and driven out are first those that have spent least, which among equals are those that came least lately. Two of one set
 * share a bucket once in 2^32.
 */
export class CrowdCounts {
  readonly bytes = SETS * WAYS * (Float64Array.BYTES_PER_ELEMENT + Uint32Array.BYTES_PER_ELEMENT);
  readonly #fingerprints = new Uint32Array(SETS * WAYS);
  readonly #times = new Float64Array(SETS * WAYS);
  #start: number | null = null;

  /** Spends of a bucket as the spec has it, divided by so many edges. `retryAfterMs` is 0 when it passes. */
  take(hash: number, cost: number, spec: BucketSpec, edges: number, now: number): { readonly retryAfterMs: number } {
    this.#start ??= now;
    const at = now - this.#start;
    const place = this.#placeOf(hash);
    const msPerToken = (1000 * edges) / perSecondOf(spec);
    const burst = Math.max(cost, spec.burst / edges);
    const spent = Math.max(this.#times[place] as number, at) + cost * msPerToken;
    const lateMs = spent - at - burst * msPerToken * 1.000001;
    if (lateMs > 0) return { retryAfterMs: Math.ceil(lateMs) };
    this.#times[place] = spent;
    return free;
  }

  /** Whether it has a bucket here. */
  has(hash: number): boolean {
    const fingerprint = fingerprintOf(hash);
    const first = firstOf(hash);
    for (let place = first; place < first + WAYS; place++) if (this.#fingerprints[place] === fingerprint) return true;
    return false;
  }

  #placeOf(hash: number): number {
    const fingerprint = fingerprintOf(hash);
    const first = firstOf(hash);
    let poorest = first;
    for (let place = first; place < first + WAYS; place++) {
      if (this.#fingerprints[place] === fingerprint) return place;
      if ((this.#times[place] as number) < (this.#times[poorest] as number)) poorest = place;
    }
    this.#fingerprints[poorest] = fingerprint;
    this.#times[poorest] = 0;
    return poorest;
  }
}

const fingerprintOf = (hash: number): number => mix32(hash ^ 0x85ebca6b) >>> 0;
const firstOf = (hash: number): number => (hash & (SETS - 1)) * WAYS;
const free = { retryAfterMs: 0 };
