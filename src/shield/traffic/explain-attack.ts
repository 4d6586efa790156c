import type { AttackReport } from "../attack.ts";
import { type Dimension, dimensions, isSampled, type Slice } from "./slice.ts";
import type { UsualShares } from "./usual-shares.ts";

type Explanation = AttackReport["explanations"][number];

const MAX_EXPLANATIONS = 20;
/** A share that differs by less than so many standard deviations explains nothing. */
const LEAST_SIGMAS = 3;
/** Nor what is off by so few requests a second. */
const LEAST_EXCESS = 1;
/** Nor what has about its usual share: so many times that of what is too much, or so far off it of all requests, is more. */
const LEAST_TIMES = 1.2;
const LEAST_CHANGE = 0.1;

/**
 * The values of all dimensions whose share has risen, or fallen where traffic is missing; the one whose change is the most
 * unlikely first. An attack that is just like usual traffic has none.
 */
export function explain(
  recent: readonly Slice[],
  usual: UsualShares,
  expected: number,
  direction: AttackReport["direction"],
): Explanation[] {
  const total = recent.reduce((sum, slice) => sum + slice.total, 0);
  const standsFor = Math.max(1, ...recent.map((slice) => slice.standsFor));
  const sign = direction === "flood" ? 1 : -1;
  const found: { readonly sigmas: number; readonly explanation: Explanation }[] = [];
  for (const dimension of dimensions) {
    const counts = countsOf(recent, dimension);
    const seen = total / (isSampled(dimension) ? standsFor : 1);
    for (const value of new Set([...counts.keys(), ...usual.values(dimension).keys()])) {
      const count = counts.get(value) ?? 0;
      const usualShare = usual.share(dimension, value);
      const share = total === 0 ? 0 : Math.min(1, count / total);
      const excess = count / Math.max(1, recent.length) - usualShare * expected;
      // Of a binomial share of as many as were seen.
      const noise = Math.sqrt(Math.max(1, seen * usualShare * (1 - usualShare)));
      const sigmas = (sign * seen * (share - usualShare)) / noise;
      const byUsual = sign * usualShare * (total / Math.max(1, recent.length) - expected);
      const isAsUsual = sign * excess < LEAST_TIMES * byUsual && Math.abs(share - usualShare) < LEAST_CHANGE;
      if (!isAsUsual && sigmas >= LEAST_SIGMAS && sign * excess >= LEAST_EXCESS)
        found.push({ sigmas, explanation: { dimension, value, usualShare, share, excess } });
    }
  }
  return found
    .sort((a, b) => b.sigmas - a.sigmas)
    .slice(0, MAX_EXPLANATIONS)
    .map(({ explanation }) => explanation);
}

function countsOf(recent: readonly Slice[], dimension: Dimension): Map<string, number> {
  const counts = new Map<string, number>();
  for (const slice of recent)
    for (const [value, count] of slice.counts.get(dimension) ?? []) counts.set(value, (counts.get(value) ?? 0) + count);
  return counts;
}
