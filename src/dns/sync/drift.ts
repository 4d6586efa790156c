import { isAsWritten, planSync, type SyncChange } from "./plan.ts";
import type { PlainRecord, ProviderRecord } from "./record.ts";

/** How what is at a provider differs from what should be. */
export type Drift =
  /** Somebody has changed a record of ours there. */
  | { readonly kind: "changed-there"; readonly record: ProviderRecord }
  /** The table has moved on since it was written. */
  | { readonly kind: "changed-here"; readonly before: ProviderRecord; readonly record: PlainRecord }
  /** Not there: it is new here, or was removed there. */
  | { readonly kind: "missing-there"; readonly record: PlainRecord }
  /** No longer here. */
  | { readonly kind: "gone-here"; readonly record: ProviderRecord }
  /** Others' records stand where ours should. */
  | { readonly kind: "in-the-way"; readonly record: ProviderRecord };

export function driftOf(wanted: readonly PlainRecord[], present: readonly ProviderRecord[]): readonly Drift[] {
  const { changes, conflicts } = planSync(wanted, present);
  const inTheWay = conflicts.flatMap(({ theirs }) => theirs.map((record): Drift => ({ kind: "in-the-way", record })));
  return [...changes.map(differenceOf), ...inTheWay];
}

function differenceOf(change: SyncChange): Drift {
  switch (change.kind) {
    case "create":
      return { kind: "missing-there", record: change.record };
    case "delete":
      return { kind: isAsWritten(change.before) ? "gone-here" : "changed-there", record: change.before };
    case "update":
      return isAsWritten(change.before)
        ? { kind: "changed-here", before: change.before, record: change.record }
        : { kind: "changed-there", record: change.before };
  }
}
