import { distanceKm, fibreRoundTripMs, type Point } from "../geo/distance.ts";
import type { Place } from "../geo/place.ts";
import type { RegionEntry, Snapshot } from "../table/snapshot.ts";
import { coordinatesOf } from "./coordinates.ts";

/** An expected round trip from a client's edge to a region. */
export interface Estimate {
  readonly ms: number;
  /** `colo`: measured from that colo. `vantages`: reckoned from the measured matrix. `mean`: the place is unknown. */
  readonly source: "colo" | "vantages" | "mean";
}

/** Vantages that a cold estimate combines. */
const VANTAGES = 3;
/** Last mile and routers at both ends, added to the time in fibre. */
const ACCESS_MS = 3;
/** Road over great circle, where no measured pair tells: the median of the measured matrix is near it. */
const DEFAULT_INFLATION = 1.6;
/** Beyond these a measured ratio says more about a route of that vantage than about its neighbourhood. */
const INFLATION_RANGE = [1, 5] as const;
/** Softens the weight of vantages that are very near. */
const NEARNESS_KM = 100;

/**
 * Expected round trips to each region, by region index: measured from the colo where the table has it, else
 * reckoned. The reckoning carries the measured inflation (round trip over time in straight fibre) of the vantages
 * nearest to the client over to the client's own distance, weighted by inverse square distance (Shepard, "A
 * two-dimensional interpolation function for irregularly-spaced data", 1968). At a vantage it equals the
 * measurement.
 */
export function estimateLatency(snapshot: Snapshot, place: Place): readonly Estimate[] {
  const measured = place.colo === null ? undefined : snapshot.table.latency.get(`colo:${place.colo}`);
  const from = coordinatesOf(place);
  const cold = from ? coldEstimator(snapshot, from) : meanEstimator(snapshot);
  return snapshot.regions.map((region) => {
    const ms = measured?.[region.id as keyof typeof measured];
    return ms === undefined ? cold(region) : { ms, source: "colo" };
  });
}

/** Places of one key have the same estimates, or nearly: a colo of the table, else half a degree, else the country. */
export function placeKey({ table }: Snapshot, { colo, latitude, longitude, country, continent }: Place): string {
  const measured = colo !== null && table.latency.has(`colo:${colo}`) ? colo : "";
  // Both, since AF, AS, NA and SA are countries too, and a country without coordinates stands at its continent.
  if (latitude === null || longitude === null) return `${measured} ${country} ${continent}`;
  return `${measured} ${Math.round(latitude * 2)} ${Math.round(longitude * 2)}`;
}

function coldEstimator(snapshot: Snapshot, from: Point): (region: RegionEntry) => Estimate {
  const vantages = snapshot.regions
    .filter(({ id }) => snapshot.table.latency.has(id))
    .map((entry) => ({ entry, km: distanceKm(from, entry.region) }))
    .sort((a, b) => a.km - b.km)
    .slice(0, VANTAGES)
    .map(({ entry, km }) => ({ entry, nearness: 1 / (km + NEARNESS_KM) ** 2 }));
  const total = vantages.reduce((sum, { nearness }) => sum + nearness, 0);
  return (region) => {
    const weighted = vantages.reduce(
      (sum, { entry, nearness }) => sum + nearness * inflation(snapshot, entry, region),
      0,
    );
    const factor = total > 0 ? weighted / total : DEFAULT_INFLATION;
    return { ms: straightMs(from, region.region) * factor, source: "vantages" };
  };
}

/** For a client of unknown place: the mean from all vantages, so that the most central region is first. */
function meanEstimator(snapshot: Snapshot): (region: RegionEntry) => Estimate {
  const rows = snapshot.regions.flatMap(({ id }) => snapshot.table.latency.get(id) ?? []);
  return ({ id }) => {
    const figures = rows.flatMap((row) => row[id as keyof typeof row] ?? []);
    const ms = figures.length > 0 ? figures.reduce((sum, figure) => sum + figure, 0) / figures.length : 0;
    return { ms, source: "mean" };
  };
}

function inflation(snapshot: Snapshot, from: RegionEntry, to: RegionEntry): number {
  const row = snapshot.table.latency.get(from.id);
  const ms = row?.[to.id as keyof typeof row];
  // A region's round trip to itself is all access; it says nothing about the road to it.
  if (ms === undefined || from.id === to.id) return DEFAULT_INFLATION;
  const [least, most] = INFLATION_RANGE;
  return Math.min(most, Math.max(least, ms / straightMs(from.region, to.region)));
}

const straightMs = (from: Point, to: Point): number => ACCESS_MS + fibreRoundTripMs(distanceKm(from, to));
