import { type Load, loadSchema, type Verdict } from "../../table/verdict.ts";

/** A backend's health at one time, as it is kept. */
export interface HealthRecord {
  readonly region: string;
  readonly backend: string;
  readonly vantage: string;
  readonly status: Verdict["status"];
  readonly latencyMs: number | null;
  readonly load: Load | null;
  readonly detail: string;
  /** Unix milliseconds. */
  readonly at: number;
}

export const MAX_HEALTH_ROWS = 10_000;

/** The kept health of a region's backends since a time in Unix milliseconds, newest first. */
export async function regionHealthHistory(
  db: D1Database,
  region: string,
  since: number,
  limit: number,
): Promise<readonly HealthRecord[]> {
  const { results } = await db
    .prepare(
      `SELECT region, at, backend, vantage, status, latency_ms, load, detail FROM region_health
       WHERE region = ? AND at >= ? ORDER BY at DESC, backend, vantage LIMIT ?`,
    )
    .bind(region, since, Math.min(Math.max(1, limit), MAX_HEALTH_ROWS))
    .all<HealthRow>();
  return results.map(fromRow);
}

/** One statement for any number of records, with one bound parameter. Those that are there already are left alone. */
export function insertHealth(db: D1Database, records: readonly HealthRecord[]): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO region_health (region, at, backend, vantage, status, latency_ms, load, detail)
       SELECT value->>'region', value->>'at', value->>'backend', value->>'vantage', value->>'status',
         value->>'latencyMs', value->>'load', value->>'detail'
       FROM json_each(?) WHERE true ON CONFLICT DO NOTHING`,
    )
    .bind(JSON.stringify(records));
}

export function deleteHealthBefore(db: D1Database, at: number): D1PreparedStatement {
  return db.prepare("DELETE FROM region_health WHERE at < ?").bind(at);
}

type HealthRow = {
  readonly region: string;
  readonly at: number;
  readonly backend: string;
  readonly vantage: string;
  readonly status: string;
  readonly latency_ms: number | null;
  readonly load: string | null;
  readonly detail: string;
};

function fromRow({ status, latency_ms, load, ...row }: HealthRow): HealthRecord {
  const parsed = load === null ? null : loadSchema.safeParse(JSON.parse(load));
  return {
    ...row,
    status: status === "up" ? "up" : "down",
    latencyMs: latency_ms,
    load: parsed?.success ? parsed.data : null,
  };
}
