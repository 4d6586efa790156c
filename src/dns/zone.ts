import { err, ok, type Result } from "../base/result.ts";
import { isWithin, type Name, parentOf } from "./name.ts";
import type { RecordSet } from "./record-set.ts";
import { DS, NS, type RecordType, SOA } from "./record-type.ts";
import { WireReader } from "./wire/reader.ts";

/** A name of a zone. One without sets is an empty non-terminal: it is there, since names below it are. */
export interface ZoneNode {
  readonly name: Name;
  readonly sets: ReadonlyMap<RecordType, RecordSet>;
  /** The topmost delegation at or above this name, below the apex; what lies under it is another's, and here glue. */
  readonly cut: ZoneNode | null;
}

/** A zone, ready to be searched. */
export interface Zone {
  readonly apex: Name;
  readonly soa: RecordSet;
  /** Seconds for which a resolver may believe that something is not there: the smaller of the SOA's TTL and its minimum. */
  readonly negativeTtl: number;
  readonly nodes: ReadonlyMap<Name, ZoneNode>;
}

/** By apex. Made once of each epoch's records. */
export type Zones = ReadonlyMap<Name, Zone>;

interface Draft {
  readonly name: Name;
  readonly sets: Map<RecordType, RecordSet>;
  cut: Draft | null;
}

/** Of sets that have passed `checkZone`; those of other zones are passed over. */
export function buildZone(apex: Name, sets: Iterable<RecordSet>): Result<Zone, string> {
  const nodes = new Map<Name, Draft>();
  nodeAt(nodes, apex, apex);
  for (const set of sets) if (isWithin(set.owner, apex)) nodeAt(nodes, apex, set.owner).sets.set(set.type, set);
  for (const node of nodes.values()) node.cut = cutAbove(nodes, apex, node);
  const soa = nodes.get(apex)?.sets.get(SOA);
  const minimum = soa?.values[0] && soaMinimum(soa.values[0]);
  if (soa === undefined || minimum === undefined) return err(`${apex} has no SOA`);
  // RFC 2308, section 5.
  return ok({ apex, soa, negativeTtl: Math.min(soa.ttl, minimum), nodes });
}

/** The zone that answers for a name: the nearest above it, and for DS the one above a zone's apex (RFC 4035, section 3.1.4.1). */
export function zoneOf(zones: Zones, name: Name, type: RecordType): Zone | undefined {
  const own = nearestZone(zones, name);
  if (type !== DS || own?.apex !== name) return own;
  return nearestZone(zones, parentOf(name)) ?? own;
}

function nearestZone(zones: Zones, name: Name): Zone | undefined {
  for (let at = name; ; at = parentOf(at)) {
    const zone = zones.get(at);
    if (zone !== undefined || at === parentOf(at)) return zone;
  }
}

/** Makes what is missing between a name and the apex. */
function nodeAt(nodes: Map<Name, Draft>, apex: Name, name: Name): Draft {
  const known = nodes.get(name);
  if (known !== undefined) return known;
  const node: Draft = { name, sets: new Map(), cut: null };
  nodes.set(name, node);
  if (name !== apex) nodeAt(nodes, apex, parentOf(name));
  return node;
}

function cutAbove(nodes: ReadonlyMap<Name, Draft>, apex: Name, node: Draft): Draft | null {
  let cut: Draft | null = null;
  for (let at: Draft | undefined = node; at !== undefined && at.name !== apex; at = nodes.get(parentOf(at.name)))
    if (at.sets.has(NS)) cut = at;
  return cut;
}

/** The last of the five numbers after its two names. */
function soaMinimum(soa: Uint8Array): number {
  return new WireReader(soa, soa.length - 4).u32();
}
