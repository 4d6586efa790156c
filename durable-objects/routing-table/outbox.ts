import { deleteHealthBefore, type HealthRecord, insertHealth } from "../../src/adapters/d1/region-health.ts";
import {
  deleteTableChangesBefore,
  insertTableChanges,
  MAX_KEPT_CHANGE_CHARS,
  type NewTableChange,
} from "../../src/adapters/d1/table-changes.ts";
import type { Intake } from "../../src/health/reception.ts";
import type { Table } from "../../src/table/table.ts";
import { readCounter, writeCounter } from "./counter.ts";
import { type EpochRow, readChanges } from "./log.ts";

/** Health records that may wait for D1; the oldest give way. */
export const MAX_WAITING_RECORDS = 10_000;
/** Rows of each kind in one flush: as one parameter they stay under D1's 2 MB. */
const FLUSH_EPOCHS = 25;
const FLUSH_RECORDS = 500;
/** So long D1 keeps either kind. Of changes the log has the last ones longer, where they are few. */
const KEPT_MS = 90 * 86_400_000;
const SWEEP_EVERY_MS = 86_400_000;

/** What waits to be copied to D1: health records in their own table, and the epochs after the last copied one. */
export interface Outbox {
  readonly waiting: number;
  readonly dropped: number;
}

export function readOutbox(sql: SqlStorage): Outbox {
  const epochs = sql
    .exec<{ n: number }>("SELECT COUNT(*) AS n FROM epoch WHERE epoch > ?", readCounter(sql, "copied-epoch"))
    .one().n;
  return { waiting: epochs + waitingRecords(sql).count, dropped: readCounter(sql, "dropped-records") };
}

export function enqueueHealth(sql: SqlStorage, { backends }: Table, records: Intake["records"]): void {
  for (const { backend, verdict } of records) {
    const region = backends.get(backend)?.region;
    if (region === undefined) continue;
    const { status, latencyMs, load, vantage, detail, checkedAt: at } = verdict;
    const record: HealthRecord = { region, backend, vantage, status, latencyMs, load, detail, at };
    sql.exec("INSERT INTO health_record (json) VALUES (?)", JSON.stringify(record));
  }
  const { count, first } = waitingRecords(sql);
  const excess = count - MAX_WAITING_RECORDS;
  if (excess <= 0) return;
  sql.exec("DELETE FROM health_record WHERE seq < ?", first + excess);
  countDropped(sql, excess);
}

/** To be told before epochs up to this one are deleted: those that still waited are lost to D1. */
export function forgetEpochs(sql: SqlStorage, upTo: number): void {
  const copied = readCounter(sql, "copied-epoch");
  if (copied >= upTo) return;
  const lost = sql
    .exec<{ n: number }>("SELECT COUNT(*) AS n FROM epoch WHERE epoch > ? AND epoch <= ?", copied, upTo)
    .one().n;
  countDropped(sql, lost);
}

/**
 * Copies one batch to D1, in one transaction there, and then forgets it here. When the answer is lost the batch is
 * sent again; its keys make that harmless. Throws what D1 throws.
 */
export async function flush(storage: DurableObjectStorage, db: D1Database, now: number): Promise<void> {
  const { sql } = storage;
  const changes = waitingChanges(sql);
  const health = sql
    .exec<{ seq: number; json: string }>("SELECT seq, json FROM health_record ORDER BY seq LIMIT ?", FLUSH_RECORDS)
    .toArray();
  const sweep = now - readCounter(sql, "swept-at") >= SWEEP_EVERY_MS;
  const statements = [
    ...(changes.length > 0 ? [insertTableChanges(db, changes)] : []),
    ...(health.length > 0
      ? [
          insertHealth(
            db,
            health.map(({ json }) => JSON.parse(json) as HealthRecord),
          ),
        ]
      : []),
    ...(sweep ? [deleteHealthBefore(db, now - KEPT_MS), deleteTableChangesBefore(db, now - KEPT_MS)] : []),
  ];
  if (statements.length === 0) return;
  await db.batch(statements);
  storage.transactionSync(() => {
    const lastChange = changes.at(-1);
    const lastHealth = health.at(-1);
    if (lastChange) writeCounter(sql, "copied-epoch", lastChange.epoch);
    if (lastHealth) sql.exec("DELETE FROM health_record WHERE seq <= ?", lastHealth.seq);
    if (sweep) writeCounter(sql, "swept-at", now);
  });
}

function waitingChanges(sql: SqlStorage): NewTableChange[] {
  const rows = sql
    .exec<EpochRow>(
      "SELECT * FROM epoch WHERE epoch > ? ORDER BY epoch LIMIT ?",
      readCounter(sql, "copied-epoch"),
      FLUSH_EPOCHS,
    )
    .toArray();
  return rows.map(({ epoch, at, principal, request_id, summary, change_count }) => ({
    epoch,
    at,
    principal,
    requestId: request_id,
    summary,
    changeCount: change_count,
    changes: changesText(sql, epoch, change_count),
  }));
}

/** JSON of an epoch's changes, put together from the JSON of its rows; `null` where it is too long to keep. */
function changesText(sql: SqlStorage, epoch: number, count: number): string | null {
  // No change is written in fewer characters than this.
  if (count * 40 > MAX_KEPT_CHANGE_CHARS) return null;
  const items = readChanges(sql, epoch).map(
    ({ section, id, before, after }) =>
      `{"section":${JSON.stringify(section)},"id":${JSON.stringify(id)},"before":${before},"after":${after}}`,
  );
  const text = `[${items.join(",")}]`;
  return text.length > MAX_KEPT_CHANGE_CHARS ? null : text;
}

/** Records are only ever taken from the front, so that the count needs no scan. */
function waitingRecords(sql: SqlStorage): { readonly count: number; readonly first: number } {
  const { first, last } = sql
    .exec<{ first: number | null; last: number | null }>(
      "SELECT MIN(seq) AS first, MAX(seq) AS last FROM health_record",
    )
    .one();
  return first === null || last === null ? { count: 0, first: 0 } : { count: last - first + 1, first };
}

function countDropped(sql: SqlStorage, records: number): void {
  writeCounter(sql, "dropped-records", readCounter(sql, "dropped-records") + records);
}
