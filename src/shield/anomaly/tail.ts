import { z } from "zod";

/** Bins of the histogram, each wider than the one below it by 4 %: over sizes from 0 to 28,000. */
const BINS = 256;
const BINS_PER_E = 25;
/** Where each bin begins, and its middle. */
const BEGINS = Array.from({ length: BINS + 1 }, (_, i) => Math.expm1(i / BINS_PER_E));
const MIDDLES = Array.from({ length: BINS }, (_, i) => Math.expm1((i + 0.5) / BINS_PER_E));
/** So many observations of normal noise are taken for granted before there are any. */
const ASSUMED = 100;
/** What is added counts for more and more, instead of all else for less; beyond this weight all are divided by it. */
const MAX_WEIGHT = 1e100;
/** The part of all observations by which the tail is drawn on beyond them. */
const TAIL = 0.005;
/** The tail of normal noise is about so steep at its thousandth; no series' is taken to be much steeper. */
const LEAST_EXCESS = 0.1;

/**
 * How large the deviations of a series usually are, in its own standard deviations, with old ones forgotten. Series
 * have heavier tails than normal noise, and neighbours that are alike: measured by its own past, three sigma is what
 * is exceeded once in 370 times.
 */
export const tailSchema = z.object({
  counts: z.array(z.number().nonnegative()).length(BINS),
  total: z.number().positive(),
  weight: z.number().positive(),
});
export type Tail = z.infer<typeof tailSchema>;

export function newTail(): Tail {
  const below = (i: number) => erf((BEGINS[i] ?? 0) / Math.SQRT2);
  const counts = Array.from({ length: BINS }, (_, i) => ASSUMED * Math.max(0, below(i + 1) - below(i)));
  return { counts, total: ASSUMED, weight: 1 };
}

/** What is `halfLife` additions old counts half. One may count for several. */
export function learnTail(tail: Tail, size: number, halfLife: number, times = 1): void {
  const bin = Math.min(BINS - 1, Math.floor(BINS_PER_E * Math.log1p(Math.abs(size))));
  tail.weight *= 2 ** (times / halfLife);
  tail.counts[bin] = (tail.counts[bin] ?? 0) + times * tail.weight;
  tail.total += times * tail.weight;
  if (tail.weight < MAX_WEIGHT) return;
  tail.counts = tail.counts.map((count) => count / tail.weight);
  tail.total /= tail.weight;
  tail.weight = 1;
}

/**
 * How many standard deviations of normal noise are as seldom as this size is here; the sign is that of `size`. Beyond
 * the highest two-hundredth of what was seen, sizes are taken to become rarer exponentially (peaks over threshold; Siffer
 * et al., "Anomaly Detection in Streams with Extreme Value Theory", KDD 2017).
 */
export const measure = (tail: Tail, size: number): number => Math.sign(size) * sigmasOf(rarityOf(tail, Math.abs(size)));

/** -ln of the probability of normal noise at least so many standard deviations off, at least 0. */
export const rarityOfSigmas = (sigmas: number): number =>
  sigmas ** 2 / 2 + Math.log(Math.max(1, 1.2533 * Math.abs(sigmas) + 0.3));

/** -ln of the probability of sizes at least this large. */
function rarityOf({ counts, total }: Tail, size: number): number {
  let i = BINS;
  let beyond = 0;
  let sum = 0;
  do {
    i -= 1;
    beyond += counts[i] ?? 0;
    sum += (counts[i] ?? 0) * (MIDDLES[i] ?? 0);
  } while (i > 0 && beyond <= total * TAIL);
  const from = BEGINS[i] ?? 0;
  if (size >= from) {
    const excess = Math.max(LEAST_EXCESS, sum / beyond - from);
    return (size - from) / excess - Math.log(beyond / total);
  }
  while (i > 0 && (BEGINS[i] ?? 0) > size) {
    i -= 1;
    beyond += counts[i] ?? 0;
  }
  return Math.max(0, -Math.log(beyond / total));
}

/** The z for which -ln(2(1 - Φ(z))) is this much, by 2(1 - Φ(z)) ≈ exp(-z²/2) / (1.2533 z + 0.3) for z above 1. */
function sigmasOf(rarity: number): number {
  let z = Math.sqrt(2 * rarity);
  for (let i = 0; i < 4; i++) z = Math.sqrt(Math.max(0, 2 * (rarity - Math.log(Math.max(1, 1.2533 * z + 0.3)))));
  return z;
}

/** Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26; the error is below 1.5e-7. For x ≥ 0. */
function erf(x: number): number {
  const t = 1 / (1 + 0.3275911 * x);
  const polynomial = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return 1 - polynomial * Math.exp(-x * x);
}
