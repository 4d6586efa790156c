import { parseName, type Name } from "../dns/name.ts";
import type { Rdata, RecordSet as DnsRecordSet } from "../dns/record-set.ts";
import { parseType, SOA } from "../dns/record-type.ts";
import { buildZone, type Zone, type Zones } from "../dns/zone.ts";
import { type RecordSet, recordKeyOf, valueListsOf } from "../table/record-set.ts";
import { readValue } from "../table/record-value.ts";
import type { Steering } from "../table/steering.ts";
import type { Table } from "../table/table.ts";
import type { Zone as ConfiguredZone } from "../table/zone.ts";
import { zoneOf } from "../table/zone-of.ts";

/** A record set that does not tell everybody the same. */
export interface SteeredSet {
  /** Of the table. */
  readonly id: string;
  readonly steering: Steering;
  /** By the target's place in the policy: `targets/us-east-1`, `countries/DE`, `default`. */
  readonly values: ReadonlyMap<string, readonly Rdata[]>;
}

/** The zones of a table, ready to be answered from. */
export interface Catalogue {
  readonly zones: Zones;
  readonly steered: ReadonlyMap<DnsRecordSet, SteeredSet>;
}

type Source = Pick<Table, "zones" | "records">;

/** The maps of a table are immutable, and shared by all its epochs in which they did not change. */
const compiled = new WeakMap<Source["records"], { readonly zones: Source["zones"]; readonly catalogue: Catalogue }>();

export function catalogueOf({ zones, records }: Source): Catalogue {
  const kept = compiled.get(records);
  if (kept?.zones === zones) return kept.catalogue;
  const catalogue = compile({ zones, records });
  compiled.set(records, { zones, catalogue });
  return catalogue;
}

/** What does not read is left out: it was checked when it came in, by a version that knew it. */
function compile(source: Source): Catalogue {
  const sets = new Map([...source.zones].map(([id, zone]) => [id, soaOf(id, zone)]));
  const steered = new Map<DnsRecordSet, SteeredSet>();
  for (const [id, set] of source.records) {
    const key = recordKeyOf(id);
    const apex = zoneOf(source.zones, key);
    const zone = apex === null ? undefined : source.zones.get(apex);
    const read = zone && readSet(id, set, zone.ttlSeconds);
    if (apex === null || !read) continue;
    sets.get(apex)?.push(read.set);
    if (set.policy !== null) steered.set(read.set, { id, steering: set.policy, values: read.values });
  }
  const zones = new Map<Name, Zone>();
  for (const [id, own] of sets) {
    const apex = parseName(id);
    const built = apex.ok ? buildZone(apex.value, own) : apex;
    if (apex.ok && built.ok) zones.set(apex.value, built.value);
  }
  return { zones, steered };
}

function readSet(id: string, set: RecordSet, defaultTtl: number) {
  const { owner: name, type: typeText } = recordKeyOf(id);
  const owner = parseName(name);
  const type = parseType(typeText);
  if (!owner.ok || !type.ok) return null;
  const values = new Map<string, readonly Rdata[]>();
  for (const [path, list] of valueListsOf(set)) {
    const read = list.flatMap((text) => {
      const value = readValue(typeText, text);
      return value.ok ? [value.value] : [];
    });
    values.set(path.slice(1, -1).join("/"), read);
  }
  const ttl = set.ttlSeconds ?? defaultTtl;
  return { set: { owner: owner.value, type: type.value, ttl, values: [...values.values()].flat() }, values };
}

function soaOf(id: string, zone: ConfiguredZone): DnsRecordSet[] {
  const { primary, contact, serial, refreshSeconds, retrySeconds, expireSeconds, negativeTtlSeconds } = zone;
  const fields = [serial, refreshSeconds, retrySeconds, expireSeconds, negativeTtlSeconds].join(" ");
  const owner = parseName(id);
  const value = readValue("SOA", `${primary}. ${contact}. ${fields}`);
  return owner.ok && value.ok ? [{ owner: owner.value, type: SOA, ttl: zone.ttlSeconds, values: [value.value] }] : [];
}
