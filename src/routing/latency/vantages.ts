import { coloOf } from "../../geo/colos.ts";
import { continentOfCountry } from "../../geo/countries.ts";
import type { Point } from "../../geo/distance.ts";
import { fibreRoadsFrom } from "../../geo/fibre.ts";
import type { Continent } from "../../geo/place.ts";
import type { Snapshot } from "../../table/snapshot.ts";

/** Where round trips to regions were measured: a region of the table's matrix, or a colo. */
export interface Vantage {
  readonly id: string;
  readonly point: Point;
  readonly continent: Continent | null;
  /** Milliseconds by region id. */
  readonly row: Readonly<Record<string, number>>;
  readonly roads: (to: Point) => number;
}

/** Fewer samples than these say too little of a colo to guess its neighbours from. */
const LEAST_SAMPLES = 5;

const vantages = new WeakMap<Snapshot, readonly Vantage[]>();

/** All vantages of a snapshot. What was learned at a colo goes before what the table says of it. */
export function vantagesOf(snapshot: Snapshot): readonly Vantage[] {
  let kept = vantages.get(snapshot);
  if (!kept) {
    kept = [...regionVantages(snapshot), ...coloVantages(snapshot)];
    vantages.set(snapshot, kept);
  }
  return kept;
}

function regionVantages({ regions, table }: Snapshot): Vantage[] {
  return regions.flatMap(({ id, region }) => {
    const row = table.latency.get(id);
    return row ? [vantage(id, region, region.country, row)] : [];
  });
}

function coloVantages({ table, learned }: Snapshot): Vantage[] {
  const rows = new Map<string, Record<string, number>>();
  for (const [source, row] of table.latency) {
    if (source.startsWith("colo:")) rows.set(source.slice("colo:".length), { ...row });
  }
  for (const [code, row] of learned) {
    const figures = Object.entries(row).filter(([, { samples }]) => samples >= LEAST_SAMPLES);
    if (figures.length > 0)
      rows.set(code, { ...rows.get(code), ...Object.fromEntries(figures.map(([id, { ms }]) => [id, ms])) });
  }
  return [...rows].flatMap(([code, row]) => {
    const colo = coloOf(code);
    return colo ? [vantage(code, colo, colo.country, row)] : [];
  });
}

const vantage = (id: string, point: Point, country: string, row: Vantage["row"]): Vantage => ({
  id,
  point,
  continent: continentOfCountry(country),
  row,
  roads: fibreRoadsFrom(point),
});
