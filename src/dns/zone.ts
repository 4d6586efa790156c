import type { Name } from "./name.ts";
import type { RecordSet } from "./record-set.ts";
import type { RecordType } from "./record-type.ts";

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
  /** Seconds for which nobody may believe that a name is there: the smaller of the SOA's TTL and its minimum (RFC 2308). */
  readonly negativeTtl: number;
  readonly nodes: ReadonlyMap<Name, ZoneNode>;
}

/** By apex. */
export type Zones = ReadonlyMap<Name, Zone>;
