import { type PublishedTable, type Section, sectionNames } from "./table.ts";

/** What of the published table changes by itself: its sections, the verdicts, what was learned, the failovers, the defences. */
export type Part = Section | "health" | "learned" | "failovers" | "defences";
export const parts: readonly Part[] = [...sectionNames, "health", "learned", "failovers", "defences"];

/** Entities by id. In an update, `null` are gone. */
export type Entries = ReadonlyMap<string, unknown>;

export function entriesOf({ table, health, learned, failovers, defences }: PublishedTable, part: Part): Entries {
  switch (part) {
    case "health":
      return health;
    case "learned":
      return learned;
    case "failovers":
      return failovers;
    case "defences":
      return defences;
    default:
      return table[part];
  }
}
