import type { RecordSetEntry } from "../../workers/control/schema/record-set.ts";
import { columns } from "./columns.ts";

/** Values that a line shows at most. */
const SHOWN_VALUES = 3;

export function recordColumns(entries: readonly RecordSetEntry[]): string {
  const rows = entries.map((entry) => [entry.name, entry.type, ttlWords(entry), contentWords(entry)]);
  return columns(["NAME", "TYPE", "TTL", "CONTENT"], rows);
}

const ttlWords = ({ ttlSeconds }: RecordSetEntry) => (ttlSeconds === null ? "zone's" : `${ttlSeconds} s`);

function contentWords({ values, policy }: RecordSetEntry): string {
  if (policy !== null) return `steered by ${policy.kind}${policy.service === null ? "" : ` of ${policy.service}`}`;
  const [all, more] = [values ?? [], (values?.length ?? 0) - SHOWN_VALUES];
  return `${all.slice(0, SHOWN_VALUES).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
