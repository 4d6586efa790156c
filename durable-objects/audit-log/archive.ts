import { getAuditSegment, putAuditSegment } from "../../src/adapters/r2/audit-archive.ts";
import { GENESIS, type Link } from "../../src/audit/chain.ts";
import type { AuditChunk } from "./api.ts";
import { oldestSeq, readLines } from "./entries.ts";

/** So many entries stay in the object at least: what can be searched. */
export const KEPT_ENTRIES = 20_000;
/** A segment has so many entries, or fewer where they pass so many characters. */
export const SEGMENT = { entries: 5000, chars: 4_000_000 };

/** What the oldest entry here is chained to. */
export function archivedLink(sql: SqlStorage): Link {
  const [row] = sql.exec<{ seq: number; hash: string }>(
    "SELECT last AS seq, hash FROM segment ORDER BY last DESC LIMIT 1",
  );
  return row ?? GENESIS;
}

/** Whether there is a segment's worth of entries more than are kept. */
export function isOverfull(sql: SqlStorage, newest: number): boolean {
  const oldest = oldestSeq(sql);
  return oldest !== null && newest - oldest + 1 >= KEPT_ENTRIES + SEGMENT.entries;
}

/**
 * Moves the oldest entries to R2. They go from here only once they are there; should it break off between, the same
 * segment is written again, under the same name.
 */
export async function archiveOldest(storage: DurableObjectStorage, bucket: R2Bucket): Promise<void> {
  const segment = readLines(storage.sql, 0, Number.MAX_SAFE_INTEGER, SEGMENT);
  if (!segment) return;
  const { first, last, lines } = segment;
  await putAuditSegment(bucket, first, last.seq, lines);
  storage.transactionSync(() => {
    storage.sql.exec("INSERT INTO segment (last, first, hash) VALUES (?, ?, ?)", last.seq, first, last.hash);
    storage.sql.exec("DELETE FROM entry WHERE seq <= ?", last.seq);
  });
}

/** Archived entries from one on; `null` when it is not in the archive. A segment that is gone shows as a gap. */
export async function readArchive(sql: SqlStorage, bucket: R2Bucket, from: number): Promise<AuditChunk | null> {
  const [row] = sql.exec<{ first: number; last: number }>(
    "SELECT first, last FROM segment WHERE last >= ? ORDER BY last LIMIT 1",
    from,
  );
  if (!row) return null;
  const text = (await getAuditSegment(bucket, row.first, row.last)) ?? "";
  const before = Math.max(0, from - row.first);
  const lines = before === 0 ? text : text.split("\n").slice(before).join("\n");
  return { lines, next: row.last + 1 };
}
