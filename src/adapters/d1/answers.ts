import type { ClaimedWrite, ClaimTimes, KeyedWrite, KnownKey } from "../../base/keyed-write.ts";

/** Takes a key for a write that begins, in one transaction, unless it is taken: then what is known of it. */
export async function claimKey(
  db: D1Database,
  { principal, key, fingerprint }: KeyedWrite,
  { now, lapsedBefore, forgottenBefore }: ClaimTimes,
): Promise<KnownKey | null> {
  const [, , inserted, known] = await db.batch<KnownKey>([
    db.prepare("DELETE FROM idempotency WHERE at < ?").bind(forgottenBefore),
    db
      .prepare("DELETE FROM idempotency WHERE principal = ? AND key = ? AND answer IS NULL AND at < ?")
      .bind(principal, key, lapsedBefore),
    db
      .prepare("INSERT INTO idempotency (principal, key, fingerprint, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING")
      .bind(principal, key, fingerprint, now),
    db.prepare("SELECT fingerprint, at, answer FROM idempotency WHERE principal = ? AND key = ?").bind(principal, key),
  ]);
  return inserted?.meta.changes ? null : (known?.results[0] ?? null);
}

/** Keeps the answer to a write, unless its key has lapsed and is another's. */
export async function keepAnswer(
  db: D1Database,
  { principal, key, claimedAt }: ClaimedWrite,
  answer: string,
): Promise<void> {
  await db
    .prepare("UPDATE idempotency SET answer = ? WHERE principal = ? AND key = ? AND at = ?")
    .bind(answer, principal, key, claimedAt)
    .run();
}

/** Frees the key of a write that did not take place, unless it has lapsed and is another's. */
export async function releaseKey(db: D1Database, { principal, key, claimedAt }: ClaimedWrite): Promise<void> {
  await db
    .prepare("DELETE FROM idempotency WHERE principal = ? AND key = ? AND at = ? AND answer IS NULL")
    .bind(principal, key, claimedAt)
    .run();
}
