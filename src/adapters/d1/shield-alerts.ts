import { type Alert, alertSchema } from "../../shield/mitigation/alert.ts";

/** The newest first. */
export async function listAlerts(db: D1Database, limit: number, before: string | null): Promise<readonly Alert[]> {
  const { results } = await db
    .prepare("SELECT record FROM shield_alert WHERE id < coalesce(?1, 'zzzzzzzzzz') ORDER BY id DESC LIMIT ?2")
    .bind(before, limit)
    .all<{ record: string }>();
  return results.flatMap(({ record }) => alertSchema.safeParse(JSON.parse(record)).data ?? []);
}

/** One statement for any number, with one bound parameter. One that is kept already stays as it is. */
export function keepAlerts(db: D1Database, alerts: readonly Alert[]): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO shield_alert (id, at, record)
       SELECT value->>'id', value->>'at', value FROM json_each(?) WHERE true
       ON CONFLICT (id) DO NOTHING`,
    )
    .bind(JSON.stringify(alerts));
}

export function deleteAlertsBefore(db: D1Database, at: number): D1PreparedStatement {
  return db.prepare("DELETE FROM shield_alert WHERE at < ?").bind(at);
}
