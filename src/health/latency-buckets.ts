/**
 * Latencies are counted in buckets whose bounds grow by a quarter of an octave, 0.98 ms to 54 s, so that counts of many
 * places add up exactly, and a quantile of them is at most 19 % off. 500 ms, from which a region fails over unless its
 * table says otherwise, is a bound.
 */
export const LATENCY_BUCKETS = 64;
const STEPS_PER_OCTAVE = 4;
const PIVOT_MS = 500;
const PIVOT_BUCKET = 36;

/** The bucket that a latency counts in. It holds what is at most its bound, and the last one all that is longer. */
export function bucketOf(ms: number): number {
  const bucket = Math.ceil(Math.log2(ms / PIVOT_MS) * STEPS_PER_OCTAVE) + PIVOT_BUCKET;
  return bucket > 0 ? Math.min(bucket, LATENCY_BUCKETS - 1) : 0;
}

/** Milliseconds, inclusive. Of bucket −1, the lower end of the first. */
const boundOf = (bucket: number): number => PIVOT_MS * 2 ** ((bucket - PIVOT_BUCKET) / STEPS_PER_OCTAVE);

/**
 * The latency that a part `q` (0 to 1) of those counted does not exceed, in milliseconds: between the bounds of its
 * bucket by its rank. `null` where nothing was counted.
 */
export function quantileOf(counts: ArrayLike<number>, q: number): number | null {
  let total = 0;
  for (let bucket = 0; bucket < LATENCY_BUCKETS; bucket++) total += counts[bucket] ?? 0;
  if (total === 0) return null;
  let left = q * total;
  for (let bucket = 0; bucket < LATENCY_BUCKETS; bucket++) {
    const count = counts[bucket] ?? 0;
    if (count > 0 && left <= count) return boundOf(bucket - 1 + left / count);
    left -= count;
  }
  return boundOf(LATENCY_BUCKETS - 1);
}
