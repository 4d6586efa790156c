import type { Sliced } from "../../base/sliced.ts";
import { continentOfCountry } from "../../geo/countries.ts";
import { distanceKm, fibreRoundTripMs, type Point } from "../../geo/distance.ts";
import { fibreRoadsFrom } from "../../geo/fibre.ts";
import type { Continent } from "../../geo/place.ts";
import type { Region } from "../../table/region.ts";
import type { RegionEntry, Snapshot } from "../../table/snapshot.ts";
import type { Estimate } from "./estimate.ts";
import { type Vantage, vantagesIn, vantagesOf } from "./vantages.ts";

/** An estimate before anything was learned. */
export type Cold = Omit<Estimate, "samples">;

/** Vantages that a cold estimate combines. */
const VANTAGES = 4;
/** Last mile and routers at both ends, added to the time in fibre. */
const ACCESS_MS = 2;
/** Measured round trip over road of fibre, where no measurement tells: the median of the seed's matrix. */
const DEFAULT_INFLATION = 1.42;
/** Beyond these a measured ratio says more about a route of that vantage than about its neighbourhood. */
const INFLATION_RANGE = [0.7, 4] as const;
/** Softens the weight of vantages that are very near. */
const NEARNESS_KM = 100;
/** A vantage as far away as this tells as much as the mean between the two continents does. */
const CONTINENT_KM = 2500;
/** Relative deviations: of the mean between two continents, and of the best that can be reckoned. */
const CONTINENT_DEVIATION = 0.3;
const LEAST_DEVIATION = 0.08;

/**
 * Reckons round trips from a point: the time in fibre along the road, times the inflation (measured round trip over
 * that time) that the nearest vantages have to the same region, weighted by inverse square distance (Shepard, "A
 * two-dimensional interpolation function for irregularly-spaced data", 1968) and, the farther they are, the more by
 * the mean inflation between the two continents. At a vantage it equals the measurement. `except` is a vantage to leave out.
 */
export function coldEstimator(
  snapshot: Snapshot,
  from: Point,
  country: string | null,
  except: string | null = null,
): (region: RegionEntry) => Cold {
  const roads = fibreRoadsFrom(from);
  const others = vantagesOf(snapshot).filter(({ id }) => id !== except);
  const near = nearest(others, from);
  const between = inflationBetween(snapshot);
  const continent = country === null ? null : continentOfCountry(country);
  return (region) => {
    const prior = between(continent, region);
    const priorWeight = 1 / (CONTINENT_KM + NEARNESS_KM) ** 2;
    let weight = priorWeight;
    let sum = prior * priorWeight;
    let squares = (prior ** 2 + CONTINENT_DEVIATION ** 2) * priorWeight;
    for (const { vantage, nearness } of near) {
      const ratio = logInflation(vantage, region);
      if (ratio === undefined) continue;
      weight += nearness;
      sum += ratio * nearness;
      squares += ratio ** 2 * nearness;
    }
    const mean = sum / weight;
    const ms = roadMs(roads(region.region)) * Math.exp(mean);
    const deviation = Math.sqrt(Math.max(0, squares / weight - mean ** 2) + LEAST_DEVIATION ** 2);
    return { ms, deviationMs: ms * deviation, source: "vantages" };
  };
}

/** Microseconds, for one vantage whose inflations are not known yet. */
const COST_OF_VANTAGE = 150;

/** Reckons ahead what every first estimate on a snapshot needs. */
export function* prepareEstimates(snapshot: Snapshot): Sliced<void> {
  for (const vantage of vantagesIn(snapshot)) {
    if (inflations.has(vantage)) continue;
    for (const region of snapshot.regions) logInflation(vantage, region);
    yield COST_OF_VANTAGE;
  }
}

/** For a client of unknown place: the mean from all vantages, so that the most central region is first. */
export function meanEstimator(snapshot: Snapshot): (region: RegionEntry) => Cold {
  const rows = snapshot.regions.flatMap(({ id }) => snapshot.table.latency.get(id) ?? []);
  return ({ id }) => {
    const figures = rows.flatMap((row) => row[id as keyof typeof row] ?? []);
    const ms = figures.length > 0 ? figures.reduce((sum, figure) => sum + figure, 0) / figures.length : 0;
    const squares = figures.reduce((sum, figure) => sum + (figure - ms) ** 2, 0);
    return { ms, deviationMs: Math.max(1, Math.sqrt(squares / Math.max(1, figures.length))), source: "mean" };
  };
}

function nearest(vantages: readonly Vantage[], from: Point): { vantage: Vantage; nearness: number }[] {
  return vantages
    .map((vantage) => ({ vantage, km: distanceKm(from, vantage.point) }))
    .sort((a, b) => a.km - b.km)
    .slice(0, VANTAGES)
    .map(({ vantage, km }) => ({ vantage, nearness: 1 / (km + NEARNESS_KM) ** 2 }));
}

/** The logarithm of a measured inflation. A region's round trip to itself is all access and says nothing of the road. */
function logInflation(vantage: Vantage, { id, region }: RegionEntry): number | undefined {
  const ms = vantage.row[id];
  if (ms === undefined || vantage.id === id) return undefined;
  let kept = inflations.get(vantage);
  if (!kept) {
    kept = new WeakMap();
    inflations.set(vantage, kept);
  }
  let ratio = kept.get(region);
  if (ratio === undefined) {
    const [least, most] = INFLATION_RANGE;
    ratio = Math.log(Math.min(most, Math.max(least, ms / roadMs(vantage.roads(region)))));
    kept.set(region, ratio);
  }
  return ratio;
}

/** Every snapshot asks for all of them again, and few have changed. */
const inflations = new WeakMap<Vantage, WeakMap<Region, number>>();

type Between = (from: Continent | null, to: RegionEntry) => number;
const betweens = new WeakMap<Snapshot, Between>();

/** Mean logarithms of the inflation by pair of continents, as if each pair had one measurement more, of the mean of all. */
function inflationBetween(snapshot: Snapshot): Between {
  const kept = betweens.get(snapshot);
  if (kept) return kept;
  const sums = new Map<string, { sum: number; count: number }>();
  const all = { sum: Math.log(DEFAULT_INFLATION), count: 1 };
  for (const vantage of vantagesOf(snapshot)) {
    for (const region of snapshot.regions) {
      const ratio = logInflation(vantage, region);
      if (ratio === undefined) continue;
      const pair = `${vantage.continent} ${continentOfCountry(region.region.country)}`;
      const of = sums.get(pair) ?? { sum: 0, count: 0 };
      sums.set(pair, of);
      for (const each of [of, all]) {
        each.sum += ratio;
        each.count += 1;
      }
    }
  }
  const mean = all.sum / all.count;
  const between: Between = (from, { region }) => {
    const { sum, count } = sums.get(`${from} ${continentOfCountry(region.country)}`) ?? { sum: 0, count: 0 };
    return (sum + mean) / (count + 1);
  };
  betweens.set(snapshot, between);
  return between;
}

const roadMs = (km: number): number => ACCESS_MS + fibreRoundTripMs(km);
