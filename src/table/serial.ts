import type { Change } from "./change.ts";
import type { Table } from "./table.ts";
import { MAX_SERIAL, type Zone } from "./zone.ts";
import { zoneOfId } from "./zone-of.ts";

/**
 * The changes, and with them a new serial of each zone that they touch and that they do not take further themselves:
 * who compares serials must see every change, that of going back to an earlier table too. `table` is before them,
 * `next` after.
 */
export function withSerials(table: Table, next: Table, changes: readonly Change[]): readonly Change[] {
  const touched = new Set<string>();
  for (const { section, id } of changes) {
    if (section === "zones") touched.add(id);
    else if (section === "records")
      for (const zones of [table.zones, next.zones]) touched.add(zoneOfId(zones, id) ?? id);
  }
  const moved = new Map<string, Change>();
  for (const id of touched) {
    const before = table.zones.get(id);
    const after = next.zones.get(id);
    if (!before || !after || isLater(after.serial, before.serial)) continue;
    moved.set(id, { section: "zones", id, before, after: { ...after, serial: following(before.serial) } });
  }
  if (moved.size === 0) return changes;
  const others = changes.filter(({ section, id }) => section !== "zones" || !moved.has(id));
  return [...others, ...moved.values()];
}

/** 0 is no serial here, so that the one after the last is 1 (RFC 1982, section 3.1, wraps to 0). */
const following = (serial: Zone["serial"]) => (serial % MAX_SERIAL) + 1;

/** RFC 1982, section 3.2: by less than half of all numbers. */
const isLater = (serial: number, than: number) => serial !== than && (serial - than) >>> 0 < 0x8000_0000;
