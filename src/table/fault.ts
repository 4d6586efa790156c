import type { Objection } from "./change.ts";
import { entityName } from "./entity-name.ts";
import type { Section, Table } from "./table.ts";

/** A place where entities of a table do not agree with one another. */
export interface Fault {
  readonly code: Objection["code"];
  /** Section, id and field of the entity that is wrong. */
  readonly at: readonly [Section, string, ...string[]];
  /** The entity that it rests on and that is missing or in the way. */
  readonly about: readonly [Section, string] | null;
  readonly detail: string;
}

/** The references of an entity to what is not there. */
export function missing(table: Table, at: Fault["at"], section: Section, ids: readonly string[]): Fault[] {
  return ids
    .filter((id) => !table[section].has(id))
    .map((id) => ({
      code: "unknown-reference",
      at,
      about: [section, id],
      detail: `${entityName(at[0], at[1])} names ${entityName(section, id)}, which would not exist`,
    }));
}
