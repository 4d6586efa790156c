/** The least share of its weight that a backend in slow start takes: Envoy's `min_weight_percent`. */
export const SLOW_START_MIN_FACTOR = 0.1;

/**
 * The part of its weight that a backend takes `elapsedMs` after it came up, from 0.1 to 1. Envoy,
 * `SlowStartConfig`: `max(min_weight_percent, (elapsed / window)^(1 / aggression))`. A window of 0 turns slow
 * start off. A time of coming up that lies ahead of the caller's clock counts as now.
 */
export function slowStartFactor(elapsedMs: number, windowSeconds: number, aggression: number): number {
  const part = elapsedMs / (windowSeconds * 1000);
  if (windowSeconds === 0 || part >= 1) return 1;
  return Math.max(SLOW_START_MIN_FACTOR, Math.max(0, part) ** (1 / aggression));
}
