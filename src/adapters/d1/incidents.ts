import { type Incident, type IncidentQuery, incidentSchema } from "../../failover/incident.ts";

/** The newest first. */
export async function listIncidents(db: D1Database, query: IncidentQuery): Promise<readonly Incident[]> {
  const { results } = await db
    .prepare(
      `SELECT * FROM incident
       WHERE id < coalesce(?1, 'zzzzzzzzzz') AND region = coalesce(?2, region) AND (?3 = 0 OR closed_at IS NULL)
       ORDER BY id DESC LIMIT ?4`,
    )
    .bind(query.before, query.region, query.open ? 1 : 0, query.limit)
    .all<IncidentRow>();
  return results.map(({ opened_at, closed_at, cause, evidence, actions, ...row }) =>
    incidentSchema.parse({
      ...row,
      openedAt: opened_at,
      closedAt: closed_at,
      cause: JSON.parse(cause),
      evidence: JSON.parse(evidence),
      actions: JSON.parse(actions),
    }),
  );
}

/** One statement for any number, with one bound parameter, each id once. What is kept of an incident already is replaced. */
export function keepIncidents(db: D1Database, incidents: readonly Incident[]): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO incident (id, region, opened_at, closed_at, cause, evidence, actions)
       SELECT value->>'id', value->>'region', value->>'openedAt', value->>'closedAt', value->>'cause',
         value->>'evidence', value->>'actions'
       FROM json_each(?) WHERE true
       ON CONFLICT (id) DO UPDATE SET closed_at = excluded.closed_at, actions = excluded.actions
       -- One that is closed stays so, though an older copy of it may come late.
       WHERE incident.closed_at IS NULL OR excluded.closed_at IS NOT NULL`,
    )
    .bind(JSON.stringify(incidents));
}

export function deleteIncidentsBefore(db: D1Database, at: number): D1PreparedStatement {
  return db.prepare("DELETE FROM incident WHERE closed_at < ?").bind(at);
}

type IncidentRow = {
  readonly id: string;
  readonly region: string;
  readonly opened_at: number;
  readonly closed_at: number | null;
  readonly cause: string;
  readonly evidence: string;
  readonly actions: string;
};
