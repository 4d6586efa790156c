import { type AttackRecord, attackRecordSchema } from "../../shield/mitigation/attack-record.ts";

interface AttackQuery {
  readonly limit: number;
  readonly before: string | null;
  readonly service: string | null;
}

/** Those that are over, the newest first. What another version has written in another form is left out. */
export async function listAttacks(db: D1Database, query: AttackQuery): Promise<readonly AttackRecord[]> {
  const { results } = await db
    .prepare(
      `SELECT record FROM attack
       WHERE id < coalesce(?1, 'zzzzzzzzzz') AND service = coalesce(?2, service) AND over_at IS NOT NULL
       ORDER BY id DESC LIMIT ?3`,
    )
    .bind(query.before, query.service, query.limit)
    .all<{ record: string }>();
  return results.flatMap(readRecord);
}

export async function findAttack(db: D1Database, id: string): Promise<AttackRecord | null> {
  const row = await db.prepare("SELECT record FROM attack WHERE id = ?").bind(id).first<{ record: string }>();
  return row === null ? null : (readRecord(row)[0] ?? null);
}

/** One statement for any number, with one bound parameter, each id once. What is kept already is replaced. */
export function keepAttacks(db: D1Database, attacks: readonly AttackRecord[]): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO attack (id, service, started_at, over_at, record)
       SELECT value->>'id', value->>'service', value->>'startedAt',
         iif(value->>'state' = 'over', value->>'updatedAt', NULL), value
       FROM json_each(?) WHERE true
       ON CONFLICT (id) DO UPDATE SET over_at = excluded.over_at, record = excluded.record
       -- One that is over stays so, though an older copy of it may come late.
       WHERE attack.over_at IS NULL OR excluded.over_at IS NOT NULL`,
    )
    .bind(JSON.stringify(attacks));
}

export function deleteAttacksBefore(db: D1Database, at: number): D1PreparedStatement {
  return db.prepare("DELETE FROM attack WHERE started_at < ?").bind(at);
}

function readRecord({ record }: { readonly record: string }): AttackRecord[] {
  const read = attackRecordSchema.safeParse(JSON.parse(record));
  return read.success ? [read.data] : [];
}
