import { stringify } from "yaml";
import type { TableWarning } from "../../workers/control/schema/table-warning.ts";
import { warningLines } from "./warning-lines.ts";

/** An entity as it was written, and what speaks against it, unless that was `seen` before. */
export function writtenEntry(written: object, seen: readonly TableWarning[]): string {
  const { warnings = [], ...entry }: { readonly warnings?: readonly TableWarning[] } = written;
  return [stringify(entry).trimEnd(), ...warningLines(seen.length > 0 ? [] : warnings)].join("\n");
}
