import type { Attempts } from "../../auth/lockout.ts";
import { type AttemptStore, MAX_ATTEMPT_KEYS } from "../../auth/store.ts";

export function d1Attempts(db: D1Database): AttemptStore {
  return {
    async read(key) {
      const row = await db
        .prepare("SELECT failures, last_at AS lastAt FROM attempt WHERE key = ?")
        .bind(key)
        .first<Attempts>();
      return row && { failures: row.failures, lastAt: row.lastAt };
    },
    async replace(key, before, after, forgottenBefore) {
      const [, , replaced] = await db.batch([
        db.prepare("DELETE FROM attempt WHERE last_at < ? AND key <> ?").bind(forgottenBefore, key),
        db
          .prepare(
            `DELETE FROM attempt WHERE key IN (
               SELECT key FROM attempt WHERE key <> ? ORDER BY last_at DESC, key LIMIT -1 OFFSET ${MAX_ATTEMPT_KEYS - 1})`,
          )
          .bind(key),
        replacement(db, key, before, after),
      ]);
      return (replaced?.meta.changes ?? 0) > 0;
    },
  };
}

function replacement(db: D1Database, key: string, before: Attempts | null, after: Attempts | null) {
  if (before === null)
    return db
      .prepare("INSERT INTO attempt (key, failures, last_at) SELECT ?, ?, ? WHERE ? ON CONFLICT DO NOTHING")
      .bind(key, after?.failures ?? 0, after?.lastAt ?? 0, after === null ? 0 : 1);
  if (after === null)
    return db
      .prepare("DELETE FROM attempt WHERE key = ? AND failures = ? AND last_at = ?")
      .bind(key, before.failures, before.lastAt);
  return db
    .prepare("UPDATE attempt SET failures = ?, last_at = ? WHERE key = ? AND failures = ? AND last_at = ?")
    .bind(after.failures, after.lastAt, key, before.failures, before.lastAt);
}
