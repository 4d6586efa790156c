import type { Place } from "../geo/place.ts";
import { calm } from "../routing/calm.ts";
import { Traffic } from "../routing/traffic.ts";
import { makeView, type View } from "../routing/view.ts";
import type { Snapshot } from "../table/snapshot.ts";
import { type Fate, fateOf, type Served } from "./fate.ts";
import type { PopulationRow, Target } from "./population.ts";
import { type Sample, type Spread, spreadOf } from "./quantile.ts";
import { type Outcome, type RegionTraffic, Tally, type Terms } from "./tally.ts";

/** The effect of a change of the table on a population. All parts and shares are of the whole traffic, 0 to 1. */
export interface Simulation {
  /** Rows of the population. */
  readonly rows: number;
  /** `null` where only relative weights are known. */
  readonly requestsPerSecond: number | null;
  /** Of either table, in the order of the tables. */
  readonly regions: readonly RegionEffect[];
  readonly outcome: { readonly before: Outcome; readonly after: Outcome };
  /** The part that another region serves afterwards, of what is served before and after. */
  readonly moved: number;
  readonly latency: LatencyEffect;
  /** Places that are not served afterwards, the largest first. */
  readonly lost: Listed<LostPlace>;
  /** Places that other regions serve afterwards, the largest movement first. */
  readonly changed: Listed<ChangedPlace>;
}

/** The first of many. */
export interface Listed<T> {
  readonly count: number;
  readonly items: readonly T[];
}

export interface RegionEffect {
  readonly id: string;
  /** `null` where the table has no such region. */
  readonly before: RegionTraffic | null;
  readonly after: RegionTraffic | null;
}

/** Expected round trips from the edge to the region. `null` where no traffic is served. */
export interface LatencyEffect {
  readonly before: Spread | null;
  readonly after: Spread | null;
  /** The change of each place's mean, over the traffic that is served before and after. */
  readonly added: Spread | null;
  /** The same over places of which another region serves a part afterwards. */
  readonly addedWhereMoved: Spread | null;
}

export interface LostPlace {
  readonly place: Place;
  readonly target: Target;
  readonly share: number;
  readonly reason: Exclude<Fate["kind"], "served" | "refused"> | "no-permitted-region" | "unknown-place";
  readonly jurisdiction: string | null;
  readonly servedBefore: boolean;
}

export interface ChangedPlace {
  readonly place: Place;
  readonly target: Target;
  readonly share: number;
  /** The part of the place's traffic that another region serves afterwards. */
  readonly moved: number;
  readonly before: readonly PlaceShare[];
  readonly after: readonly PlaceShare[];
  readonly addedMs: number;
}

interface PlaceShare {
  readonly region: string;
  readonly share: number;
  readonly ms: number;
}

/** Places that are listed at most, of those lost and of those changed. */
export const MAX_LISTED_PLACES = 50;
/** Regions that are listed of a place at most. */
const MAX_PLACE_REGIONS = 8;
/** Less is rounding. */
const NEGLIGIBLE = 1e-9;

/**
 * Sends a population through the table as it is and as it would be, by the code that routes requests, and compares. It
 * reckons with the expectation over the draw rather than with draws, so that it is exact, and no change gives no
 * difference. Nobody is ejected and nobody is bound to a backend. The weights must not sum to 0.
 */
export function simulate(
  before: Snapshot,
  after: Snapshot,
  population: readonly PopulationRow[],
  terms: Terms,
): Simulation {
  const total = population.reduce((sum, { weight }) => sum + weight, 0);
  const views = [before, after].map((snapshot) => makeView(snapshot, calm, new Traffic())) as [View, View];
  const sides = [new Tally(before, terms), new Tally(after, terms)] as const;
  const added: Sample[] = [];
  const addedWhereMoved: Sample[] = [];
  const lost: LostPlace[] = [];
  const changed: ChangedPlace[] = [];
  let moved = 0;
  for (const row of population) {
    const share = row.weight / total;
    const [old, next] = views.map((view) => fateOf(view, row, terms.now)) as [Fate, Fate];
    sides[0].add(old, share);
    sides[1].add(next, share);
    if (next.kind !== "served") lost.push(lostPlace(row, share, next, old.kind === "served"));
    if (old.kind !== "served" || next.kind !== "served") continue;
    const value = meanMs(next) - meanMs(old);
    added.push({ value, weight: share });
    const part = movement(old, next);
    if (part < NEGLIGIBLE) continue;
    moved += part * share;
    addedWhereMoved.push({ value, weight: share });
    changed.push({ ...who(row, share), moved: part, before: largest(old), after: largest(next), addedMs: value });
  }
  return {
    rows: population.length,
    requestsPerSecond: terms.requestsPerSecond,
    regions: regionEffects(sides),
    outcome: { before: sides[0].outcome, after: sides[1].outcome },
    moved,
    latency: {
      before: spreadOf(sides[0].latencies),
      after: spreadOf(sides[1].latencies),
      added: spreadOf(added),
      addedWhereMoved: spreadOf(addedWhereMoved),
    },
    lost: listed(lost, ({ share }) => share),
    changed: listed(changed, (place) => place.share * place.moved),
  };
}

function regionEffects([before, after]: readonly [Tally, Tally]): RegionEffect[] {
  const ids = new Set([...before.snapshot.regions, ...after.snapshot.regions].map(({ id }) => id));
  return [...ids].map((id) => ({ id, before: before.traffic(id), after: after.traffic(id) }));
}

const meanMs = ({ regions }: Served): number => regions.reduce((sum, { share, ms }) => sum + share * ms, 0);

/** Half the sum of the differences: the total variation distance of the two distributions over regions. */
function movement(before: Served, after: Served): number {
  const differences = new Map(before.regions.map(({ region, share }) => [region, -share]));
  for (const { region, share } of after.regions) differences.set(region, (differences.get(region) ?? 0) + share);
  return [...differences.values()].reduce((sum, difference) => sum + Math.max(0, difference), 0);
}

const who = ({ place, target }: PopulationRow, share: number) => ({ place, target, share });

function lostPlace(row: PopulationRow, share: number, fate: Exclude<Fate, Served>, servedBefore: boolean): LostPlace {
  if (fate.kind !== "refused") return { ...who(row, share), reason: fate.kind, jurisdiction: null, servedBefore };
  return { ...who(row, share), reason: fate.reason, jurisdiction: fate.jurisdiction, servedBefore };
}

const largest = ({ regions }: Served): PlaceShare[] =>
  [...regions]
    .sort((a, b) => b.share - a.share)
    .slice(0, MAX_PLACE_REGIONS)
    .map(({ region, share, ms }) => ({ region, share, ms }));

function listed<T>(items: readonly T[], size: (item: T) => number): Listed<T> {
  const sorted = [...items].sort((a, b) => size(b) - size(a));
  return { count: items.length, items: sorted.slice(0, MAX_LISTED_PLACES) };
}
