import type { TablePatch } from "../../durable-objects/routing-table/api.ts";
import { pointer } from "../../src/table/change.ts";
import { listName } from "../../src/table/entity-name.ts";
import { isObject } from "../../src/table/merge-patch.ts";
import { addressSections } from "../../src/table/table.ts";
import type { TableWarning } from "./schema/table-warning.ts";
import { toTime } from "./to-time.ts";

interface InForce {
  readonly patch: TablePatch;
  /** One for each list of which something was left out. */
  readonly warnings: readonly TableWarning[];
}

/**
 * A patch of the table without the entries of its lists whose time is over: an old export can be applied, and does not
 * put an end to entries in force by ones that would have none. What is no time is for the schema to say.
 */
export function withoutEnded(patch: TablePatch, now: number): InForce {
  let kept = patch;
  const warnings: TableWarning[] = [];
  for (const list of addressSections) {
    const rules = Object.hasOwn(patch, list) ? patch[list] : undefined;
    if (!isObject(rules)) continue;
    const all = Object.entries(rules);
    const inForce = all.filter(([, rule]) => endOf(rule) > now);
    if (inForce.length === all.length) continue;
    kept = { ...kept, [list]: Object.fromEntries(inForce) };
    const last = all.reduce((latest, [, rule]) => (endOf(rule) > now ? latest : Math.max(latest, endOf(rule))), 0);
    const counts = `${all.length - inForce.length} of ${all.length} entries of the ${listName(list)} have expired`;
    const detail = `${counts}, the last at ${toTime(last)}: they are left out`;
    warnings.push({ code: "expired", path: pointer([list]), detail, counts: null });
  }
  return { patch: kept, warnings };
}

/** Unix milliseconds; infinite where it has no end, or none that is a time. */
function endOf(rule: unknown): number {
  const endsAt = isObject(rule) ? rule.expiresAt : null;
  return typeof endsAt === "number" && Number.isInteger(endsAt) && endsAt >= 0 ? endsAt : Number.POSITIVE_INFINITY;
}
