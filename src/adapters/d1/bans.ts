import { type Ban, banSchema } from "../../shield/ban/ban.ts";

interface BanQuery {
  readonly limit: number;
  readonly before: string | null;
  readonly cidr: string | null;
}

/** The newest first. What another version has written in another form is left out. */
export async function listBans(db: D1Database, query: BanQuery): Promise<readonly Ban[]> {
  const { results } = await db
    .prepare(
      `SELECT record FROM ban WHERE id < coalesce(?1, 'zzzzzzzzzz') AND cidr = coalesce(?2, cidr)
       ORDER BY id DESC LIMIT ?3`,
    )
    .bind(query.before, query.cidr, query.limit)
    .all<{ record: string }>();
  return results.flatMap(readRecord);
}

export async function findBan(db: D1Database, id: string): Promise<Ban | null> {
  const row = await db.prepare("SELECT record FROM ban WHERE id = ?").bind(id).first<{ record: string }>();
  return row === null ? null : (readRecord(row)[0] ?? null);
}

/** One statement for any number, with one bound parameter, each id once. What is kept already is replaced. */
export function keepBans(db: D1Database, bans: readonly Ban[]): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO ban (id, cidr, decided_at, expires_at, record)
       SELECT value->>'id', value->>'cidr', value->>'decidedAt', value->>'expiresAt', value
       FROM json_each(?) WHERE true
       ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at, record = excluded.record
       -- One that has ended stays so, though an older copy of it may come late.
       WHERE ban.record->>'$.state.kind' IN ('deciding', 'in-force')
         OR excluded.record->>'$.state.kind' NOT IN ('deciding', 'in-force')`,
    )
    .bind(JSON.stringify(bans));
}

/** Those that ended before. */
export function deleteBansBefore(db: D1Database, at: number): D1PreparedStatement {
  return db.prepare("DELETE FROM ban WHERE expires_at < ?").bind(at);
}

function readRecord({ record }: { readonly record: string }): Ban[] {
  const read = banSchema.safeParse(JSON.parse(record));
  return read.success ? [read.data] : [];
}
