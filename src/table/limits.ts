import { type Change, type Objection, pointer } from "./change.ts";
import { sectionNames, sections, type Table } from "./table.ts";

/** Entities that one epoch may change. */
export const MAX_CHANGES = 10_000;
/** Characters of JSON in one entity. A row of the log holds two, and SQLite in an object takes 2 MB a row. */
export const MAX_ENTITY_CHARS = 900_000;
/**
 * A message between objects holds 32 MiB, and a string with one character beyond Latin-1 takes two bytes for
 * each, so that a table of this many characters of JSON fits with its verdicts. 100,000 address rules with
 * short reasons do.
 */
export const MAX_TABLE_CHARS = 12_000_000;
/** Characters of JSON, before and after together, that one epoch may change: its plan and log entry must fit too. */
export const MAX_CHANGE_CHARS = 7_000_000;

/** The limits that `next`, which is `table` after `changes`, would pass. Costs as much as the changes, not the table. */
export function excesses(table: Table, next: Table, changes: readonly Change[]): Objection[] {
  if (changes.length > MAX_CHANGES)
    return [tooMany([], `${changes.length} entities would change; one epoch may change ${MAX_CHANGES}`)];
  const bulky = changes.find(({ id, after }) => charsOf(id, after) > MAX_ENTITY_CHARS);
  if (bulky) return [tooMany([bulky.section, bulky.id], `more than ${MAX_ENTITY_CHARS} characters of JSON`)];
  const moved = changes.reduce((sum, { id, before, after }) => sum + charsOf(id, before) + charsOf(id, after), 0);
  if (moved > MAX_CHANGE_CHARS)
    return [tooMany([], `${moved} characters would change; one epoch may change ${MAX_CHANGE_CHARS}`)];
  const size = sizeAfter(table, next, changes);
  if (size > MAX_TABLE_CHARS && size > sizeOf(table))
    return [tooMany([], `the table would have ${size} characters; at most ${MAX_TABLE_CHARS}`)];
  return sectionNames
    .filter((name) => next[name].size > Math.max(sections[name].maxEntries, table[name].size))
    .map((name) => tooMany([name], `${next[name].size} entries; at most ${sections[name].maxEntries}`));
}

export function tooMany(path: readonly string[], detail: string): Objection {
  return { code: "too-many", path: pointer(path), detail };
}

const sizes = new WeakMap<Table, number>();

/** Characters of JSON in a table. Counted once, then kept up to date by `sizeAfter`. */
function sizeOf(table: Table): number {
  let size = sizes.get(table);
  if (size === undefined) {
    size = 0;
    for (const section of sectionNames) for (const [id, entity] of table[section]) size += charsOf(id, entity);
    sizes.set(table, size);
  }
  return size;
}

function sizeAfter(table: Table, next: Table, changes: readonly Change[]): number {
  let size = sizeOf(table);
  for (const { id, before, after } of changes) size += charsOf(id, after) - charsOf(id, before);
  sizes.set(next, size);
  return size;
}

function charsOf(id: string, entity: unknown): number {
  return entity === null ? 0 : id.length + JSON.stringify(entity).length;
}
