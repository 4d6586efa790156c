import { MAX_SIGNATURES, type SignatureMatch } from "../../table/defence.ts";
import type { WeightedTraits } from "../attack.ts";
import type { ChosenSignature } from "./attack-record.ts";
import { effectiveCount, MAX_COLLATERAL, shareAtMost } from "./collateral.ts";
import { heavyClientsOf, type Sight } from "./heavy-clients.ts";
import { type Feature, type FeatureName, type FeatureRow, featureNames, rowsOf } from "./match.ts";

/** One that covers this part of what is too much is sought by how simple it is; else by how much it covers. */
export const COVERS_MOST = 0.8;
/** Candidates whose coverage differs by less than this part of what is too much cover it alike. */
export const ALIKE = 0.02;
/** One of them that matches at most this part of what another one usually matches is markedly narrower. */
export const NARROWER = 0.5;
/** Enough is covered. */
export const COVERS_ENOUGH = 0.9;
/** A signature that covers less is not worth having. */
export const MIN_COVERS = 0.05;
/** Signatures are allowed this many times what usually matches them, and at least so many requests a second. */
export const HEADROOM = 1.2;
export const MIN_SIGNATURE_RATE = 1;

/** Traits in common, by their place in `featureNames`; `null` is any. */
export type Combination = readonly (Feature | null)[];

/** A combination among the requests that no signature covers yet. Rates are requests a second. */
export interface Candidate {
  readonly combination: Combination;
  /** What it covers of what is too much. */
  readonly gain: number;
  /** What usually matches it. */
  readonly usual: number;
}

/** What is to be found in. */
export interface Haystack {
  readonly recent: readonly FeatureRow[];
  readonly usual: readonly FeatureRow[];
  /** A candidate must gain so much, and gains enough with so much. */
  readonly minGain: number;
  readonly fullGain: number;
  /** Candidates whose gain differs by less gain alike. */
  readonly alike: number;
  /** What may usually match it. */
  readonly maxUsual: number;
}

export interface Found {
  readonly signatures: readonly ChosenSignature[];
  /** Of what is too much, 0 to 1, by all of them. */
  readonly covers: number;
  /** Of usual requests, by all of them: as the sample has it, and at most. */
  readonly collateral: number;
  readonly collateralAtMost: number;
}

/**
 * The few clients that explain what is too much by themselves, so that their neighbours are not taken for them, and of the
 * rest the fewest traits that cover most of it, and little of what is usual: one signature after another, until enough is
 * covered. None may bring what all of them match of usual requests above the limit.
 */
export function searchSignatures(sight: Sight): Found {
  const { recent, usual, expected, actual } = sight;
  const excess = actual - expected;
  const count = effectiveCount(usual);
  const usualRate = totalOf(usual);
  const signatures: ChosenSignature[] = [];
  let covered = 0;
  let touched = 0;
  const add = (match: SignatureMatch, best: Pick<Candidate, "gain" | "usual">) => {
    covered += best.gain;
    touched += best.usual;
    const collateral = usualRate > 0 ? best.usual / usualRate : 0;
    signatures.push({
      match,
      perSecond: Math.max(MIN_SIGNATURE_RATE, HEADROOM * best.usual),
      covers: Math.min(1, best.gain / excess),
      collateral,
      collateralAtMost: shareAtMost(collateral, count),
      origin: "search",
    });
  };
  const taken = new Set<string>();
  for (const heavy of heavyClientsOf(sight)) {
    if (signatures.length === MAX_SIGNATURES || touched + heavy.usual > MAX_COLLATERAL * usualRate) continue;
    taken.add(heavy.client);
    add({ prefix: heavy.prefix }, heavy);
  }
  const ofOthers = ({ traits }: WeightedTraits) => !taken.has(traits.client);
  let uncovered = rowsOf(recent.filter(ofOthers));
  let untouched = rowsOf(usual.filter(ofOthers));
  while (signatures.length < MAX_SIGNATURES && excess > 0 && covered < COVERS_ENOUGH * excess) {
    const best = bestOf({
      recent: uncovered,
      usual: untouched,
      minGain: MIN_COVERS * excess,
      fullGain: COVERS_MOST * (excess - covered),
      alike: ALIKE * excess,
      maxUsual: MAX_COLLATERAL * usualRate - touched,
    });
    if (best === null) break;
    const { combination } = best;
    uncovered = uncovered.filter((row) => !isIn(combination, row));
    untouched = untouched.filter((row) => !isIn(combination, row));
    add(matchOf(combination), best);
  }
  const collateral = usualRate > 0 ? touched / usualRate : 0;
  return {
    signatures,
    covers: excess > 0 ? Math.min(1, covered / excess) : 0,
    collateral,
    collateralAtMost: shareAtMost(collateral, count),
  };
}

/** The best candidate; `null` where none will do. */
export const bestOf = (haystack: Haystack): Candidate | null => choose(candidatesOf(haystack), haystack);

/**
 * All that are fit. What is rarer in recent requests than it must gain is not looked into, so that there are no more than
 * the sets of features, times how often that fits into all of recent requests.
 */
function candidatesOf(haystack: Haystack): Candidate[] {
  const found: Candidate[] = [];
  const descend = (
    from: number,
    combination: Combination,
    recent: readonly FeatureRow[],
    usual: readonly FeatureRow[],
  ) => {
    for (let place = from; place < featureNames.length; place++)
      for (const [feature, rows] of groupsOf(recent, place)) {
        const weight = totalOf(rows);
        if (weight < haystack.minGain) continue;
        const narrower = combination.with(place, feature);
        const alike = usual.filter((row) => row.features[place] === feature);
        const usualRate = totalOf(alike);
        const candidate = { combination: narrower, gain: weight - usualRate, usual: usualRate };
        if (isFit(candidate, haystack)) found.push(candidate);
        descend(place + 1, narrower, rows, alike);
      }
  };
  descend(
    0,
    featureNames.map(() => null),
    haystack.recent,
    haystack.usual,
  );
  return found;
}

/**
 * The simplest that covers most, or the one that covers the most; but as long as another covers it alike and usually
 * matches markedly less, the simplest of these: who has one trait in common with an attack does not share its limit where
 * a second trait tells them apart.
 */
export function choose(
  candidates: readonly Candidate[],
  { fullGain, alike }: Pick<Haystack, "fullGain" | "alike">,
): Candidate | null {
  let best = firstOf(candidates, fullGain);
  const least = (best?.gain ?? 0) - alike;
  for (let narrower = best; narrower !== null; ) {
    best = narrower;
    const { usual: usualOfBest } = best;
    const isNarrower = ({ gain, usual }: Candidate) =>
      gain >= least && usual < usualOfBest && usual <= NARROWER * usualOfBest;
    narrower = firstOf(candidates.filter(isNarrower), 0);
  }
  return best;
}

const firstOf = (candidates: readonly Candidate[], fullGain: number): Candidate | null =>
  candidates.reduce<Candidate | null>(
    (first, each) => (first === null || isBetter(each, first, fullGain) ? each : first),
    null,
  );

export const isFit = ({ gain, usual }: Candidate, { minGain, maxUsual }: Haystack): boolean =>
  gain >= minGain && usual <= maxUsual;

/** One that covers most before one that does not; among those, the simpler; else the one that covers more. */
export function isBetter(a: Candidate, b: Candidate, fullGain: number): boolean {
  const isFull = a.gain >= fullGain;
  if (isFull !== b.gain >= fullGain) return isFull;
  const simpler = sizeOf(b.combination) - sizeOf(a.combination);
  const order = isFull ? [simpler, a.gain - b.gain] : [a.gain - b.gain, simpler];
  const told = [...order, b.usual - a.usual].find((difference) => difference !== 0);
  return told === undefined ? keyOf(a.combination) < keyOf(b.combination) : told > 0;
}

export const isIn = (combination: Combination, { features }: FeatureRow): boolean =>
  combination.every((feature, place) => feature === null || features[place] === feature);

/** Of weights that are requests a second, their sum. */
export const totalOf = (rows: readonly Pick<FeatureRow, "weight">[]): number =>
  rows.reduce((sum, { weight }) => sum + weight, 0);

const sizeOf = (combination: Combination): number => combination.filter((feature) => feature !== null).length;
const keyOf = (combination: Combination): string => JSON.stringify(combination);

/** Rows by one of their features; those that lack it are in none. */
function groupsOf(rows: readonly FeatureRow[], place: number): Map<Feature, FeatureRow[]> {
  const groups = Map.groupBy(rows, ({ features }) => features[place] ?? null);
  groups.delete(null);
  return groups as Map<Feature, FeatureRow[]>;
}

function matchOf(combination: Combination): SignatureMatch {
  const fields = featureNames.flatMap((name, place): [FeatureName, Feature][] => {
    const feature = combination[place] ?? null;
    return feature === null ? [] : [[name, feature]];
  });
  return Object.fromEntries(fields) as SignatureMatch;
}
