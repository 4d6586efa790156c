import { type RecordKey, recordKeyOf } from "./record-set.ts";
import type { Table } from "./table.ts";

type Zones = Pick<Table["zones"], "has">;

/**
 * The zone that a record set belongs to: the deepest one that holds its owner. A DS set says something of a child, and
 * belongs to the zone above it (RFC 4035, section 2.4). `null` when there is none.
 */
export function zoneOf(zones: Zones, { owner, type }: RecordKey): string | null {
  const start = type === "DS" || owner.startsWith("*.") ? parentOf(owner) : owner;
  for (let name: string | null = start; name !== null; name = parentOf(name)) if (zones.has(name)) return name;
  return null;
}

export const zoneOfId = (zones: Zones, id: string): string | null => zoneOf(zones, recordKeyOf(id));

function parentOf(name: string): string | null {
  const dot = name.indexOf(".");
  return dot < 0 ? null : name.slice(dot + 1);
}
