import { coloOf } from "../../geo/colos.ts";
import { continentOfCountry } from "../../geo/countries.ts";
import type { Point } from "../../geo/distance.ts";
import { fibreRoadsFrom } from "../../geo/fibre.ts";
import type { Continent } from "../../geo/place.ts";
import type { LearnedRow } from "../../table/learned-row.ts";
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
    kept = [...vantagesIn(snapshot)];
    vantages.set(snapshot, kept);
  }
  return kept;
}

/** The same one by one: each that is new takes some time to make. */
export function* vantagesIn({ regions, table, learned }: Snapshot): Generator<Vantage, undefined> {
  for (const { id, region } of regions) {
    const row = table.latency.get(id);
    if (row) yield remembered([row, region], () => vantage(id, region, region.country, row));
  }
  const configured = new Map(
    [...table.latency].flatMap(([source, row]) =>
      source.startsWith("colo:") ? [[source.slice(5), row] as const] : [],
    ),
  );
  for (const code of new Set([...configured.keys(), ...learned.keys()])) {
    const colo = coloOf(code);
    const [row, figures] = [configured.get(code), learned.get(code)];
    if (!colo) continue;
    const made = remembered([figures ?? row ?? colo, row ?? colo], () =>
      vantage(code, colo, colo.country, { ...row, ...wellKnown(figures) }),
    );
    if (Object.keys(made.row).length > 0) yield made;
  }
}

const wellKnown = (figures: LearnedRow = {}): Vantage["row"] =>
  Object.fromEntries(
    Object.entries(figures).flatMap(([id, { ms, samples }]) => (samples >= LEAST_SAMPLES ? [[id, ms]] : [])),
  );

/** Vantages by what they are made of: what has not changed is the same objects in the next snapshot. */
const made = new WeakMap<object, WeakMap<object, Vantage>>();

function remembered([first, second]: readonly [object, object], make: () => Vantage): Vantage {
  const of = made.get(first) ?? new WeakMap<object, Vantage>();
  made.set(first, of);
  const kept = of.get(second) ?? make();
  of.set(second, kept);
  return kept;
}

const vantage = (id: string, point: Point, country: string, row: Vantage["row"]): Vantage => ({
  id,
  point,
  continent: continentOfCountry(country),
  row,
  roads: fibreRoadsFrom(point),
});
