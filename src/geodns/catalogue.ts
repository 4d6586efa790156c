import { DELAYS } from "../dns/dnssec/delays.ts";
import type { Name } from "../dns/name.ts";
import type { RecordSet } from "../dns/record-set.ts";
import { buildZone, type Zone, type Zones } from "../dns/zone.ts";
import type { Steering } from "../table/steering.ts";
import type { Table } from "../table/table.ts";
import { type Contents, contentsOf, type ReadSet } from "../table/zone-contents.ts";

/** A record set that does not tell everybody the same. */
export interface SteeredSet {
  /** Of the table. */
  readonly id: string;
  readonly steering: Steering;
  readonly values: ReadSet["values"];
}

/** The zones of a table, ready to be answered from. */
export interface Catalogue {
  readonly zones: Zones;
  readonly steered: ReadonlyMap<RecordSet, SteeredSet>;
}

const kept = new WeakMap<Contents, Catalogue>();

/** The same object for as long as zones and record sets do not change. */
export function catalogueOf(table: Pick<Table, "zones" | "records">): Catalogue {
  const contents = contentsOf(table);
  let catalogue = kept.get(contents);
  if (!catalogue) {
    catalogue = compile(contents);
    kept.set(contents, catalogue);
  }
  return catalogue;
}

function compile(contents: Contents): Catalogue {
  const zones = new Map<Name, Zone>();
  const steered = new Map<RecordSet, SteeredSet>();
  for (const { apex, soa, sets } of contents.zones.values()) {
    const limited = sets.map((each) => ({ ...each, set: limit(each.set) }));
    const built = buildZone(apex, [limit(soa), ...limited.map(({ set }) => set)]);
    if (built.ok) zones.set(apex, built.value);
    for (const { id, set, source, values } of limited)
      if (source.policy !== null) steered.set(set, { id, steering: source.policy, values });
  }
  return { zones, steered };
}

/** No answer is kept for longer than a rollover of keys waits for caches to forget it, whatever a zone file asks for. */
const limit = (set: RecordSet): RecordSet =>
  set.ttl > DELAYS.maxTtlSeconds ? { ...set, ttl: DELAYS.maxTtlSeconds } : set;
