import { type PublishedTable, type Section, sectionNames } from "./table.ts";

/** What of the published table changes by itself: its sections, the verdicts, what was learned, the failovers. */
export type Part = Section | "health" | "learned" | "failovers";
export const parts: readonly Part[] = [...sectionNames, "health", "learned", "failovers"];

/** Entities by id. In an update, `null` are gone. */
export type Entries = ReadonlyMap<string, unknown>;

export function entriesOf({ table, health, learned, failovers }: PublishedTable, part: Part): Entries {
  switch (part) {
    case "health":
      return health;
    case "learned":
      return learned;
    case "failovers":
      return failovers;
    default:
      return table[part];
  }
}
