import type { TableWarning } from "../../workers/control/schema/table-warning.ts";
import { printable } from "./columns.ts";

/** What speaks against a change without refusing it. */
export const warningLines = (warnings: readonly TableWarning[]): string[] =>
  warnings.map(({ detail }) => printable(`warning: ${detail}`));
