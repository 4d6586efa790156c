import { type PublishedTable, type Section, sectionNames } from "./table.ts";

/** What of the published table changes by itself: its sections, the verdicts, what was learned. */
export type Part = Section | "health" | "learned";
export const parts: readonly Part[] = [...sectionNames, "health", "learned"];

/** Entities by id. In an update, `null` are gone. */
export type Entries = ReadonlyMap<string, unknown>;

export function entriesOf({ table, health, learned }: PublishedTable, part: Part): Entries {
  if (part === "health") return health;
  return part === "learned" ? learned : table[part];
}
