import type { AddressSection, Section } from "./table.ts";

/**
 * An entity as messages name it. Limits go by the name that they have in the API and the CLI; `policies` are those of
 * routing. In paths and documents it is what it is written as.
 */
export const entityName = (section: Section, id: string): string =>
  section === "limits" ? `shield policy ${id}` : `${section}/${id}`;

/** A list of addresses as sentences name it: what is on it. */
export const listName = (list: AddressSection): string => (list === "bots" ? "list of verified bots" : list);

/** All of a section. */
export const sectionName = (section: Section): string => (section === "limits" ? "shield policies" : section);
