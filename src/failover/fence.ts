import { err, ok, type Result } from "../base/result.ts";
import { type FailoverRecord, isOver } from "./record.ts";
import type { Trigger } from "./trigger.ts";

/** Why no failover may begin. */
export type FenceRefusal =
  | { readonly kind: "unknown-region"; readonly region: string }
  /** One failover a region at a time. */
  | { readonly kind: "in-progress"; readonly id: string }
  /** More regions would have been failed over automatically than the cap allows. */
  | { readonly kind: "capped"; readonly count: number; readonly most: number };

/**
 * Whether a region may be failed over now. The cap is on what happens by itself, so that probes that err cannot empty
 * the world; people go beyond it, and what they have moved counts all the same.
 */
export function admitFailover(
  region: string,
  kind: Trigger["kind"],
  records: readonly FailoverRecord[],
  regions: ReadonlySet<string>,
  capPercent: number,
): Result<null, FenceRefusal> {
  if (!regions.has(region)) return err({ kind: "unknown-region", region });
  const open = records.filter((record) => !isOver(record));
  const own = open.find(({ from }) => from === region);
  if (own) return err({ kind: "in-progress", id: own.id });
  if (kind === "manual") return ok(null);
  const count = open.filter(({ from }) => regions.has(from)).length;
  const most = Math.floor((regions.size * capPercent) / 100);
  return count + 1 > most ? err({ kind: "capped", count, most }) : ok(null);
}
