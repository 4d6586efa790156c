import type { Defence } from "../../src/table/defence.ts";
import type { Failover } from "../../src/table/failover.ts";
import type { Part } from "../../src/table/part.ts";
import { isSection } from "../../src/table/table.ts";
import type { Touched } from "../../src/table/update.ts";
import type { KeptPart } from "./kept-part.ts";
import type { LearnedRows } from "./learned.ts";
import { oldestEpoch } from "./log.ts";
import type { Verdicts } from "./verdicts.ts";

/** More changes than these are not gone through: whoever is so far behind is given the whole table. */
export const MAX_DELTA_CHANGES = 50_000;

/** What is observed rather than configured, each with its own memory of what changed when. */
interface Observed {
  readonly verdicts: Verdicts;
  readonly learned: LearnedRows;
  readonly failovers: KeptPart<Failover>;
  readonly defences: KeptPart<Defence>;
}

/** What may have changed since an epoch, by the log; `null` when it does not reach back so far. */
export function touchedSince(
  sql: SqlStorage,
  { verdicts, learned, failovers, defences }: Observed,
  epoch: number,
): Touched | null {
  const oldest = oldestEpoch(sql);
  if (oldest !== null && epoch < oldest - 1) return null;
  const { changes } = sql
    .exec<{ changes: number | null }>("SELECT SUM(change_count) AS changes FROM epoch WHERE epoch > ?", epoch)
    .one();
  if ((changes ?? 0) > MAX_DELTA_CHANGES) return null;
  const places = learned.touchedSince(epoch);
  if (places === null) return null;
  const touched = new Map<Part, Set<string>>([
    ["learned", new Set(places)],
    ["health", new Set(verdicts.since(epoch))],
    ["failovers", new Set(failovers.since(epoch))],
    ["defences", new Set(defences.since(epoch))],
  ]);
  const add = (part: Part, id: string) => touched.set(part, (touched.get(part) ?? new Set()).add(id));
  const rows = sql.exec<{ section: string; id: string }>(
    "SELECT DISTINCT section, id FROM change WHERE epoch > ?",
    epoch,
  );
  for (const { section, id } of rows) {
    if (!isSection(section)) continue;
    add(section, id);
    // A backend's verdict goes with it.
    if (section === "backends") add("health", id);
  }
  return touched;
}
