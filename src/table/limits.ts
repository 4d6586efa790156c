import { utf8Length } from "../base/utf8.ts";
import { type Change, type Objection, pointer } from "./change.ts";
import { sectionNames, sections, type Table } from "./table.ts";

/** Entities that one epoch may change. */
export const MAX_CHANGES = 10_000;
/** Bytes of JSON in one entity, as UTF-8. A row of the log holds two, and SQLite in an object takes 2 MB a row. */
export const MAX_ENTITY_BYTES = 900_000;
/**
 * Bytes of JSON in all entities, as UTF-8. A message between objects holds 32 MiB: this, the verdicts of as many backends
 * as there can be, and all that is learned fit together. 100,000 address rules with short reasons do.
 */
export const MAX_TABLE_BYTES = 12_000_000;
/** Bytes of JSON, before and after together, that one epoch may change: its plan and log entry must fit too. */
export const MAX_CHANGE_BYTES = 7_000_000;

/** The limits that `next`, which is `table` after `changes`, would pass. Costs as much as the changes, not the table. */
export function excesses(table: Table, next: Table, changes: readonly Change[]): Objection[] {
  if (changes.length > MAX_CHANGES)
    return [tooMany([], `${changes.length} entities would change; one epoch may change ${MAX_CHANGES}`)];
  const bulky = changes.find(({ id, after }) => bytesOf(id, after) > MAX_ENTITY_BYTES);
  if (bulky) return [tooMany([bulky.section, bulky.id], `more than ${MAX_ENTITY_BYTES} bytes of JSON`)];
  const moved = changes.reduce((sum, { id, before, after }) => sum + bytesOf(id, before) + bytesOf(id, after), 0);
  if (moved > MAX_CHANGE_BYTES)
    return [tooMany([], `${moved} bytes would change; one epoch may change ${MAX_CHANGE_BYTES}`)];
  const size = sizeAfter(table, next, changes);
  if (size > MAX_TABLE_BYTES && size > sizeOf(table))
    return [tooMany([], `the table would have ${size} bytes; at most ${MAX_TABLE_BYTES}`)];
  return sectionNames
    .filter((name) => next[name].size > Math.max(sections[name].maxEntries, table[name].size))
    .map((name) => tooMany([name], `${next[name].size} entries; at most ${sections[name].maxEntries}`));
}

export function tooMany(path: readonly string[], detail: string): Objection {
  return { code: "too-many", path: pointer(path), detail };
}

const sizes = new WeakMap<Table, number>();

/** Bytes of JSON in a table. Counted once, then kept up to date by `sizeAfter`. */
function sizeOf(table: Table): number {
  let size = sizes.get(table);
  if (size === undefined) {
    size = 0;
    for (const section of sectionNames) for (const [id, entity] of table[section]) size += bytesOf(id, entity);
    sizes.set(table, size);
  }
  return size;
}

function sizeAfter(table: Table, next: Table, changes: readonly Change[]): number {
  let size = sizeOf(table);
  for (const { id, before, after } of changes) size += bytesOf(id, after) - bytesOf(id, before);
  sizes.set(next, size);
  return size;
}

function bytesOf(id: string, entity: unknown): number {
  return entity === null ? 0 : id.length + utf8Length(JSON.stringify(entity));
}
