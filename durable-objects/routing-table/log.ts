import type { Change } from "../../src/table/change.ts";
import type { HistoryEntry } from "./api.ts";

/** The changes of at least this many epochs are kept, not counting those that only removed expired entries. */
export const KEPT_EPOCHS = 1000;
/** Unless they are more changes than this together: then fewer epochs are kept. */
export const MAX_KEPT_CHANGES = 2_000_000;
/** A page of history ends after the entry with which it passes this many characters of JSON. */
const MAX_PAGE_CHARS = 7_000_000;

export const EXPIRY_PRINCIPAL = "expiry";

export type EpochRow = {
  readonly epoch: number;
  readonly at: number;
  readonly principal: string;
  readonly request_id: string;
  readonly summary: string;
  readonly change_count: number;
};

export function appendEpoch(sql: SqlStorage, entry: HistoryEntry): void {
  const { epoch, at, principal, requestId, summary, changes } = entry;
  sql.exec("INSERT INTO epoch VALUES (?, ?, ?, ?, ?, ?)", epoch, at, principal, requestId, summary, changes.length);
  for (const [seq, { section, id, before, after }] of changes.entries())
    sql.exec("INSERT INTO change VALUES (?, ?, ?, ?, ?, ?)", epoch, seq, section, id, toText(before), toText(after));
}

/** The oldest epoch that can be gone back to; `null` when the configuration has never changed. */
export function oldestEpoch(sql: SqlStorage): number | null {
  return sql.exec<{ oldest: number | null }>("SELECT MIN(epoch) AS oldest FROM epoch").one().oldest;
}

/** The epoch that changed the configuration last; `null` when none has. */
export function newestChange(sql: SqlStorage): number | null {
  return sql.exec<{ newest: number | null }>("SELECT MAX(epoch) AS newest FROM epoch").one().newest;
}

/** All changes after an epoch, oldest first. */
export function* changesSince(sql: SqlStorage, epoch: number): Iterable<Change> {
  const rows = sql.exec<ChangeRow>(
    "SELECT section, id, before, after FROM change WHERE epoch > ? ORDER BY epoch, seq",
    epoch,
  );
  for (const row of rows) yield toChange(row);
}

/** Newest first, before an epoch. */
export function readHistory(sql: SqlStorage, before: number, limit: number): HistoryEntry[] {
  const entries: HistoryEntry[] = [];
  let chars = 0;
  const rows = [
    ...sql.exec<EpochRow>("SELECT * FROM epoch WHERE epoch < ? ORDER BY epoch DESC LIMIT ?", before, limit),
  ];
  for (const { epoch, at, principal, request_id, summary } of rows) {
    if (chars > MAX_PAGE_CHARS) break;
    const changes = readChanges(sql, epoch);
    for (const { before, after } of changes) chars += (before?.length ?? 0) + (after?.length ?? 0);
    entries.push({ epoch, at, principal, requestId: request_id, summary, changes: changes.map(toChange) });
  }
  return entries;
}

/** The newest epoch that need not be kept; `null` when all must. */
export function newestPrunable(sql: SqlStorage): number | null {
  let epochs = 0;
  let changes = 0;
  for (const { epoch, principal, change_count } of sql.exec<EpochRow>("SELECT * FROM epoch ORDER BY epoch DESC")) {
    changes += change_count;
    if (epochs >= KEPT_EPOCHS || changes > MAX_KEPT_CHANGES) return epoch;
    if (principal !== EXPIRY_PRINCIPAL) epochs++;
  }
  return null;
}

export function deleteEpochs(sql: SqlStorage, upTo: number): void {
  sql.exec("DELETE FROM change WHERE epoch <= ?", upTo);
  sql.exec("DELETE FROM epoch WHERE epoch <= ?", upTo);
}

export type ChangeRow = {
  readonly section: string;
  readonly id: string;
  readonly before: string | null;
  readonly after: string | null;
};

export function readChanges(sql: SqlStorage, epoch: number): ChangeRow[] {
  return sql
    .exec<ChangeRow>("SELECT section, id, before, after FROM change WHERE epoch = ? ORDER BY seq", epoch)
    .toArray();
}

export function toChange({ section, id, before, after }: ChangeRow): Change {
  return { section, id, before: fromText(before), after: fromText(after) };
}

const toText = (entity: unknown) => (entity === null ? null : JSON.stringify(entity));
const fromText = (text: string | null): unknown => (text === null ? null : JSON.parse(text));
