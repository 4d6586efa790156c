import { toHex } from "../base/hex.ts";
import { err, ok, type Result } from "../base/result.ts";
import { type Name, parseName } from "../dns/name.ts";
import { parseValue } from "../dns/rdata/parse-value.ts";
import type { RecordSet as DnsRecordSet, Rdata } from "../dns/record-set.ts";
import { parseType, type RecordType, SOA } from "../dns/record-type.ts";
import { type RecordKey, type RecordSet, recordKeyOf, valueListsOf } from "./record-set.ts";
import type { Table } from "./table.ts";
import type { Zone } from "./zone.ts";
import { zoneOf } from "./zone-of.ts";

/** A record set of the table with its values as they are on the wire. */
export interface ReadSet {
  /** Of the table. */
  readonly id: string;
  readonly source: RecordSet;
  /** By where the list stands in a policy: `targets/us-east-1`, `countries/DE`, `default`; `""` is for everybody. */
  readonly values: ReadonlyMap<string, readonly Rdata[]>;
  /** All that it may answer. */
  readonly set: DnsRecordSet;
}

export interface ZoneContents {
  readonly apex: Name;
  readonly soa: DnsRecordSet;
  readonly sets: readonly ReadSet[];
}

/** A value that is none of its type. */
export interface ValueFault {
  readonly id: string;
  readonly path: readonly string[];
  readonly detail: string;
}

/** The zones of a table with their record sets. What is wrong with a table's records is said beside them. */
export interface Contents {
  /** By id. */
  readonly zones: ReadonlyMap<string, ZoneContents>;
  /** Ids of record sets that lie in no zone. */
  readonly stray: readonly string[];
  readonly faults: readonly ValueFault[];
}

type Source = Pick<Table, "zones" | "records">;

/** The maps of a table are immutable, and shared by all its epochs in which they did not change. */
const kept = new WeakMap<Source["records"], { readonly zones: Source["zones"]; readonly contents: Contents }>();

export function contentsOf(source: Source): Contents {
  const last = kept.get(source.records);
  if (last?.zones === source.zones) return last.contents;
  const contents = readContents(source);
  kept.set(source.records, { zones: source.zones, contents });
  return contents;
}

function readContents({ zones, records }: Source): Contents {
  const contents = new Map<string, ZoneContents & { readonly sets: ReadSet[] }>();
  for (const [id, zone] of zones) {
    const apex = nameOf(id);
    contents.set(id, { apex, soa: soaOf(apex, zone), sets: [] });
  }
  const stray: string[] = [];
  const faults: ValueFault[] = [];
  for (const [id, source] of records) {
    const key = recordKeyOf(id);
    const apex = zoneOf(zones, key);
    if (apex === null) {
      stray.push(id);
      continue;
    }
    const { type, values, faults: own } = readValues(id, key, source);
    faults.push(...own);
    const ttl = source.ttlSeconds ?? zones.get(apex)?.ttlSeconds ?? 0;
    const set = { owner: nameOf(key.owner), type, ttl, values: [...values.values()].flat() };
    contents.get(apex)?.sets.push({ id, source, values, set });
  }
  return { zones: contents, stray, faults };
}

interface ReadValues {
  readonly type: RecordType;
  readonly values: ReadSet["values"];
  readonly faults: readonly ValueFault[];
}

/** An entity stays the same object while it does not change, so that a change of one does not read all anew. */
const keptValues = new WeakMap<RecordSet, ReadValues>();

function readValues(id: string, key: RecordKey, source: RecordSet): ReadValues {
  const last = keptValues.get(source);
  if (last) return last;
  const type = typeOf(key);
  const values = new Map<string, readonly Rdata[]>();
  const faults: ValueFault[] = [];
  for (const [path, texts] of valueListsOf(source)) {
    const list: Rdata[] = [];
    const seen = new Set<string>();
    for (const [at, text] of texts.entries()) {
      const read = readValue(type, text);
      const isRepeated = read.ok && seen.has(toHex(read.value));
      // RFC 2181, section 5: a set has each record once.
      if (!read.ok || isRepeated) {
        faults.push({ id, path: [...path, String(at)], detail: read.ok ? "the same value again" : read.error });
        continue;
      }
      seen.add(toHex(read.value));
      list.push(read.value);
    }
    values.set(path.slice(1, -1).join("/"), list);
  }
  const read = { type, values, faults };
  keptValues.set(source, read);
  return read;
}

function readValue(type: RecordType, text: string): Result<Rdata, string> {
  const read = parseValue(type, text);
  return read.ok ? ok(read.value) : err(`${read.error.message}, at column ${read.error.column}`);
}

function soaOf(apex: Name, zone: Zone): DnsRecordSet {
  const { primary, contact, serial, refreshSeconds, retrySeconds, expireSeconds, negativeTtlSeconds } = zone;
  const numbers = [serial, refreshSeconds, retrySeconds, expireSeconds, negativeTtlSeconds];
  const soa = parseValue(SOA, `${primary}. ${contact}. ${numbers.join(" ")}`);
  if (!soa.ok) throw new Error(`a zone that was checked has no SOA: ${soa.error.message}`);
  return { owner: apex, type: SOA, ttl: zone.ttlSeconds, values: [soa.value] };
}

/** Of what the ids' schemas have checked. */
function nameOf(text: string): Name {
  const name = parseName(text);
  if (!name.ok) throw new Error(`a name that was checked is none: ${name.error}`);
  return name.value;
}

function typeOf({ type }: RecordKey): RecordType {
  const known = parseType(type);
  if (!known.ok) throw new Error(`a type that was checked is none: ${known.error}`);
  return known.value;
}
