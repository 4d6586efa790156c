import { toHex } from "../../base/hex.ts";
import type { Name } from "../name.ts";
import type { Fault } from "../presentation/fault.ts";
import type { Rdata, RecordSet } from "../record-set.ts";
import { type RecordType, typeName } from "../record-type.ts";

/** A record, and where in the file it is. */
export interface PlacedRecord {
  readonly owner: Name;
  readonly type: RecordType;
  /** Seconds. */
  readonly ttl: number;
  readonly rdata: Rdata;
  readonly line: number;
  readonly column: number;
}

type Place = Pick<Fault, "line" | "column">;

/** Puts records of one owner and type together, each once; the sets are in the order of their first records. */
export function collect(records: readonly PlacedRecord[]): {
  /** Each with the place of its first record. */
  readonly sets: ReadonlyMap<RecordSet, Place>;
  readonly faults: readonly Fault[];
} {
  const groups = new Map<string, { first: PlacedRecord; values: Map<string, Rdata> }>();
  const faults: Fault[] = [];
  for (const record of records) {
    const { owner, type, ttl, rdata, line, column } = record;
    const key = `${owner}/${typeName(type)}`;
    const group = groups.get(key) ?? { first: record, values: new Map<string, Rdata>() };
    groups.set(key, group);
    group.values.set(toHex(rdata), rdata);
    // RFC 2181, section 5.2.
    if (ttl !== group.first.ttl)
      faults.push({
        line,
        column,
        message: `TTL ${ttl}, but ${group.first.ttl} in line ${group.first.line}: one set has one`,
      });
  }
  const sets = new Map<RecordSet, Place>();
  for (const { first, values } of groups.values()) {
    const { owner, type, ttl, line, column } = first;
    sets.set({ owner, type, ttl, values: [...values.values()] }, { line, column });
  }
  return { sets, faults };
}
