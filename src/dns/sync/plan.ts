import { markOf } from "./mark.ts";
import type { PlainRecord, ProviderRecord } from "./record.ts";

export type SyncChange =
  | { readonly kind: "create"; readonly record: PlainRecord }
  | { readonly kind: "update"; readonly before: ProviderRecord; readonly record: PlainRecord }
  | { readonly kind: "delete"; readonly before: ProviderRecord };

/** Names at which records that are not ours stand in the way; nothing is changed there. */
export interface Conflict {
  readonly name: string;
  readonly type: string;
  readonly theirs: readonly ProviderRecord[];
}

/** How a zone at a provider becomes what it should be. */
export interface SyncPlan {
  readonly changes: readonly SyncChange[];
  readonly conflicts: readonly Conflict[];
  /** Ours that are right as they are, and others' that say what ours would. */
  readonly kept: number;
  /** Records that are not ours. */
  readonly theirs: number;
}

/** Both in canonical values. Records that are not ours are neither changed nor removed, whatever they say. */
export function planSync(wanted: readonly PlainRecord[], present: readonly ProviderRecord[]): SyncPlan {
  const theirs = present.filter(({ mark }) => mark === null);
  const theirsByName = Map.groupBy(theirs, ({ name }) => name);
  const oursBySet = Map.groupBy(
    present.filter(({ mark }) => mark !== null),
    setOf,
  );
  const wantedBySet = Map.groupBy(wanted, setOf);
  const changes: SyncChange[] = [];
  const conflicts: Conflict[] = [];
  let kept = 0;
  for (const set of new Set([...oursBySet.keys(), ...wantedBySet.keys()])) {
    const [ours = [], due = []] = [oursBySet.get(set), wantedBySet.get(set)];
    const [first] = due;
    const inTheWay = first === undefined ? [] : (theirsByName.get(first.name) ?? []).filter(isInTheWayOf(first));
    if (first === undefined || inTheWay.length === 0) {
      const { changes: own, kept: same } = planSet(due, ours);
      changes.push(...own);
      kept += same;
    } else if (ours.length === 0 && saySame(due, inTheWay)) kept += due.length;
    else conflicts.push({ name: first.name, type: first.type, theirs: inTheWay });
  }
  return { changes: changes.sort(byKind), conflicts, kept, theirs: theirs.length };
}

const setOf = ({ name, type }: PlainRecord) => `${name}/${type}`;

/** Another's record of the same type would be answered with ours, and beside a CNAME there may be none (RFC 1034). */
const isInTheWayOf =
  (wanted: PlainRecord) =>
  ({ type }: ProviderRecord): boolean =>
    type === wanted.type || type === "CNAME" || (wanted.type === "CNAME" && type !== "NS");

const saySame = (wanted: readonly PlainRecord[], present: readonly ProviderRecord[]) =>
  wanted.length === present.length &&
  wanted.every((one) => present.some(({ type, value }) => type === one.type && value === one.value));

/** The records of one name and type. What has another value becomes what is missing, so that the set is never empty. */
function planSet(
  due: readonly PlainRecord[],
  ours: readonly ProviderRecord[],
): { readonly changes: readonly SyncChange[]; readonly kept: number } {
  const changes: SyncChange[] = [];
  const left = [...ours];
  const missing: PlainRecord[] = [];
  let kept = 0;
  for (const record of due) {
    const at = left.findIndex(({ value }) => value === record.value);
    const [before] = at < 0 ? [] : left.splice(at, 1);
    if (before === undefined) missing.push(record);
    else if (isAsWritten(before) && before.mark === markOf(record)) kept += 1;
    else changes.push({ kind: "update", before, record });
  }
  for (const record of missing) {
    const before = left.shift();
    changes.push(before === undefined ? { kind: "create", record } : { kind: "update", before, record });
  }
  for (const before of left) changes.push({ kind: "delete", before });
  return { changes, kept };
}

/** Whether nobody has changed it since. */
export const isAsWritten = (record: ProviderRecord): boolean => record.mark === markOf(record) && !record.isProxied;

const ORDER = { delete: 0, update: 1, create: 2 } as const;
const byKind = (a: SyncChange, b: SyncChange) => ORDER[a.kind] - ORDER[b.kind];

/** Of our records there; below it a zone is too small for shares of it to say anything. */
const MIN_RECORDS = 10;
/** More changes or removals at once than an operator usually means (the limits of octoDNS). */
const MAX_PART = 0.3;

/** What speaks against carrying a plan out unasked; `null` when nothing does. */
export function alarmOf({ changes, kept }: SyncPlan): string | null {
  const of = (kind: SyncChange["kind"]) => changes.filter((change) => change.kind === kind).length;
  const ours = kept + of("update") + of("delete");
  if (ours < MIN_RECORDS) return null;
  for (const [kind, words] of [
    ["delete", "remove"],
    ["update", "change"],
  ] as const) {
    const count = of(kind);
    if (count > ours * MAX_PART) return `it would ${words} ${count} of our ${ours} records there`;
  }
  return null;
}
