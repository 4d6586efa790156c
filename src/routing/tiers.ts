/** One priority tier, counted in backends. */
export interface TierCount {
  readonly total: number;
  readonly healthy: number;
}

export interface TierLoad {
  /** The part of the traffic that the tier takes, 0 to 1; over all tiers they sum to 1, or to 0 with nobody healthy. */
  readonly load: number;
  /** Whether health is disregarded within the tier. */
  readonly panic: boolean;
}

/**
 * Divides traffic among priority tiers as Envoy does (Envoy documentation, "Priority levels", "Overprovisioning
 * factor", "Panic threshold"): `health(P) = min(100, factor * healthy / total)`; each tier takes what those before
 * it leave, up to its health. When all together have less than 100, their shares are scaled up to it, and tiers
 * whose healthy part is below the panic threshold disregard health.
 */
export function tierLoads(
  tiers: readonly TierCount[],
  overprovisioningPercent: number,
  panicThresholdPercent: number,
): TierLoad[] {
  const healths = tiers.map(({ total, healthy }) =>
    total === 0 ? 0 : Math.min(1, ((overprovisioningPercent / 100) * healthy) / total),
  );
  const available = healths.reduce((sum, health) => sum + health, 0);
  let left = 1;
  return tiers.map(({ total, healthy }, i) => {
    const health = healths[i] as number;
    const load = available === 0 ? 0 : available < 1 ? health / available : Math.min(left, health);
    left -= load;
    return { load, panic: available < 1 && healthy / total < panicThresholdPercent / 100 };
  });
}
