import { stringify } from "yaml";
import type { TableWarning } from "../../workers/control/schema/table-warning.ts";
import { warningLines } from "./warning-lines.ts";

/** An entity as it was written, and what speaks against it. */
export function writtenEntry(written: object): string {
  const { warnings = [], ...entry }: { readonly warnings?: readonly TableWarning[] } = written;
  return [stringify(entry).trimEnd(), ...warningLines(warnings)].join("\n");
}
