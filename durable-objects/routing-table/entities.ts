import type { Change } from "../../src/table/change.ts";
import { decodeEntity } from "../../src/table/codec.ts";
import { type Section, sectionNames, type Table } from "../../src/table/table.ts";

export interface Loaded<T> {
  readonly value: T;
  /** Rows that this version cannot read. They stay stored, for the version that can, but take no part. */
  readonly unreadable: readonly string[];
}

export function readTable(sql: SqlStorage): Loaded<Table> {
  const table = Object.fromEntries(sectionNames.map((name) => [name, new Map<string, unknown>()])) as Record<
    Section,
    Map<string, unknown>
  >;
  const unreadable: string[] = [];
  for (const section of sectionNames) {
    const rows = sql.exec<{ id: string; json: string }>("SELECT id, json FROM entity WHERE section = ?", section);
    for (const { id, json } of rows) {
      const read = decodeEntity(section, JSON.parse(json));
      if (read.ok) table[section].set(id, read.value);
      else unreadable.push(`${section}/${id}: ${read.error}`);
    }
  }
  // Each entity was read by its own section's schema.
  return { value: table as unknown as Table, unreadable };
}

export function writeEntities(sql: SqlStorage, changes: readonly Change[]): void {
  for (const { section, id, after } of changes) {
    if (after === null) sql.exec("DELETE FROM entity WHERE section = ? AND id = ?", section, id);
    else
      sql.exec(
        `INSERT INTO entity (section, id, json) VALUES (?, ?, ?)
         ON CONFLICT (section, id) DO UPDATE SET json = excluded.json`,
        section,
        id,
        JSON.stringify(after),
      );
  }
}

/** Ids of a section in order, after one of them. */
export function idsAfter(sql: SqlStorage, section: Section, after: string | null, limit: number): string[] {
  const rows = sql.exec<{ id: string }>(
    "SELECT id FROM entity WHERE section = ? AND id > ? ORDER BY id LIMIT ?",
    section,
    after ?? "",
    limit,
  );
  return [...rows].map(({ id }) => id);
}
