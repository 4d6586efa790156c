import { Random } from "../../src/base/random.ts";
import { coloCodes, coloOf } from "../../src/geo/colos.ts";
import { continentOfCountry } from "../../src/geo/countries.ts";
import { distanceKm, fibreRoundTripMs, type Point } from "../../src/geo/distance.ts";
import { CableNetwork, mainCables } from "../../src/geo/fibre.ts";
import { nowhere, type Place } from "../../src/geo/place.ts";
import { seedRegions, seedRoundTripsMs } from "../../src/seed/regions.ts";
import type { LatencyRow } from "../../src/table/latency-row.ts";
import type { Snapshot } from "../../src/table/snapshot.ts";
import { testSnapshot, testTable } from "../../test/fakes/world.ts";

/** A client with what is true of it, which no estimator sees, and the table that one may use. */
export interface Client {
  readonly place: Place;
  readonly point: Point;
  readonly snapshot: Snapshot;
  /** Region ids to choose among. */
  readonly candidates: readonly string[];
  /** The true round trip, in milliseconds. */
  readonly trueMs: (region: string) => number;
}

const regionIds = Object.keys(seedRegions);

/**
 * The measured matrix, each region's row and column held out in turn: a client stands where the region is, the region
 * itself does not exist, and nothing was measured from or to it. Candidates are all others, and every three of them,
 * as when some are down or not permitted.
 */
export function heldOutClients(): Client[] {
  return regionIds.flatMap((held) => {
    const region = regionOf(held);
    const others = regionIds.filter((id) => id !== held);
    const latency = Object.fromEntries(regionIds.map((id) => [id, id === held ? null : { [held]: null }]));
    const snapshot = testSnapshot(testTable({ patch: { latency } }));
    const row = seedRoundTripsMs[held] ?? [];
    const place: Place = {
      ...nowhere,
      country: region.country,
      latitude: region.latitude,
      longitude: region.longitude,
    };
    const trueMs = (id: string) => row[regionIds.indexOf(id)] as number;
    const sets = [others, ...triples(others)];
    return sets.map((candidates) => ({ place, point: region, snapshot, candidates, trueMs }));
  });
}

/** What a synthetic world is like: how long its paths of fibre are. */
export type Geography = "cables" | "great circles";

/** Half of the paths stay within these of their pair of continents (standard deviation of the logarithm). */
const PATH_SPREAD = 0.1;
/** A cable is longer than its great circle by up to this part, and one in so many is cut. */
const CABLE_DETOUR = 0.8;
const CUT_ONE_IN = 12;
const ACCESS_MS = 2;
/** Sets of three candidates that are tried for each place, beside all regions. */
const SETS = 6;

/**
 * A synthetic world: all colos where they are, and the regions. Paths take the shortest way over the main cables, of
 * which each has a length of its own and some are cut; or, for comparison, great circles. On it an inflation for the
 * pair of continents (1.1 and an exponential excess of mean 0.3), drawn apart for each direction, so that paths are
 * asymmetric, and noise of the path itself. The table holds what the regions would measure among each other in it.
 */
export function syntheticClients(seed: number, geography: Geography): Client[] {
  const random = new Random([seed, 7, 11]);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random.unit())) * Math.cos(2 * Math.PI * random.unit());
  const cables = mainCables()
    .filter(() => random.unit() > 1 / CUT_ONE_IN)
    .map((cable) => ({ ...cable, km: cable.km * (1 + CABLE_DETOUR * random.unit()) }));
  const network = new CableNetwork(cables);
  const inflations = new Map<string, number>();
  const oneWay = (from: string, to: string): number => {
    const key = `${from} ${to}`;
    const inflation = inflations.get(key) ?? 1.1 - 0.3 * Math.log(1 - random.unit());
    inflations.set(key, inflation);
    return inflation;
  };
  const trueFrom = (point: Point, country: string) => {
    const roads = geography === "cables" ? network.roadsFrom(point) : (to: Point) => distanceKm(point, to);
    const noise = new Map(regionIds.map((id) => [id, Math.exp(normal() * PATH_SPREAD)]));
    return (id: string): number => {
      const region = regionOf(id);
      const [a, b] = [continentOfCountry(country) ?? "", continentOfCountry(region.country) ?? ""];
      const inflation = ((oneWay(a, b) + oneWay(b, a)) / 2) * (noise.get(id) ?? 1);
      return ACCESS_MS + fibreRoundTripMs(roads(region)) * Math.max(1, inflation);
    };
  };
  const measured = regionIds.map((id): [string, LatencyRow] => {
    const trueMs = trueFrom(regionOf(id), regionOf(id).country);
    return [id, Object.fromEntries(regionIds.map((to) => [to, trueMs(to)]))];
  });
  const snapshot = testSnapshot(testTable({ patch: { latency: Object.fromEntries(measured) } }));
  return [...coloCodes()].flatMap((code): Client[] => {
    const colo = coloOf(code);
    if (!colo) return [];
    const place: Place = { ...nowhere, colo: code, country: colo.country };
    const client = { place, point: colo, snapshot, trueMs: trueFrom(colo, colo.country) };
    const sets = Array.from({ length: SETS }, () => someOf(regionIds, 3, random));
    return [regionIds, ...sets].map((candidates) => ({ ...client, candidates }));
  });
}

const regionOf = (id: string) => seedRegions[id] as Point & { readonly country: string };

function someOf(ids: readonly string[], count: number, random: Random): string[] {
  const left = [...ids];
  return Array.from({ length: count }, () => left.splice(Math.floor(random.unit() * left.length), 1)).flat();
}

function triples(ids: readonly string[]): string[][] {
  return ids.flatMap((a, i) => ids.slice(i + 1).flatMap((b, j) => ids.slice(i + j + 2).map((c) => [a, b, c])));
}
