import type { FeatureRow } from "./match.ts";

/** Of usual requests, what signatures may match together. */
export const MAX_COLLATERAL = 0.01;
/** The quantile of the normal distribution for 95 % on one side. */
const Z = 1.645;

/**
 * How many samples of equal weight tell as much as these: (Σw)² / Σw² (Kish, "Survey Sampling", 1965). A sample of 300
 * without a match says that at most 1 % match.
 */
export function effectiveCount(rows: readonly Pick<FeatureRow, "weight">[]): number {
  let sum = 0;
  let squares = 0;
  for (const { weight } of rows) {
    sum += weight;
    squares += weight * weight;
  }
  return squares > 0 ? (sum * sum) / squares : 0;
}

/** What the true share may be at most, at 95 %, where a sample of this size has this share (Wilson's interval, 1927). */
export function shareAtMost(share: number, count: number): number {
  if (count <= 0) return 1;
  const p = Math.min(1, Math.max(0, share));
  const z2 = Z * Z;
  const spread = Z * Math.sqrt((p * (1 - p)) / count + z2 / (4 * count * count));
  return Math.min(1, (p + z2 / (2 * count) + spread) / (1 + z2 / count));
}
