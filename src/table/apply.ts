import type { Change } from "./change.ts";
import { sectionNames, type Table } from "./table.ts";

/** The table after the changes. Sections without a change are shared with the old table, which stays as it was. */
export function apply(table: Table, changes: readonly Change[]): Table {
  const next: { -readonly [S in keyof Table]: ReadonlyMap<string, unknown> } = { ...table };
  for (const section of sectionNames) {
    const own = changes.filter((change) => change.section === section);
    if (own.length === 0) continue;
    const entities = new Map<string, unknown>(table[section]);
    for (const { id, after } of own) {
      if (after === null) entities.delete(id);
      else entities.set(id, after);
    }
    next[section] = entities;
  }
  // Changes come from `applyPatch` or from the log, which have checked each entity by its section's schema.
  return next as Table;
}

/** The changes that undo these. */
export function inverse(changes: readonly Change[]): Change[] {
  return changes.map(({ section, id, before, after }) => ({ section, id, before: after, after: before })).reverse();
}
