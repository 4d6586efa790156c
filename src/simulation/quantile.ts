export interface Sample {
  readonly value: number;
  /** At least 0. */
  readonly weight: number;
}

/** A distribution in three figures, in milliseconds. */
export interface Spread {
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
}

/** The spread of weighted samples; `null` when they weigh nothing. */
export function spreadOf(samples: readonly Sample[]): Spread | null {
  const sorted = samples.filter(({ weight }) => weight > 0).sort((a, b) => a.value - b.value);
  const total = sorted.reduce((sum, { weight }) => sum + weight, 0);
  if (total === 0) return null;
  const meanMs = sorted.reduce((sum, { value, weight }) => sum + value * weight, 0) / total;
  return { meanMs, p50Ms: quantile(sorted, total, 0.5), p95Ms: quantile(sorted, total, 0.95) };
}

/** Sums of weights that differ by less are equal: they were added up in different orders. */
const TOLERANCE = 1e-9;

/**
 * The least value that at least this part of the weight does not exceed: the inverse of the distribution function,
 * without interpolation (Hyndman and Fan, "Sample Quantiles in Statistical Packages", 1996, definition 1).
 */
function quantile(sorted: readonly Sample[], total: number, part: number): number {
  let below = 0;
  for (const { value, weight } of sorted) {
    below += weight;
    if (below >= (part - TOLERANCE) * total) return value;
  }
  return (sorted.at(-1) as Sample).value;
}
