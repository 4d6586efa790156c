import type { ColoDemand, Demand } from "../../simulation/population.ts";

/** Requests are summed up over spans of this length. */
export const DEMAND_SPAN_MS = 300_000;
/** Twice what anybody asks for. */
const KEPT_MS = 2 * 3_600_000;

/** Adds what a colo has counted until `now` (Unix milliseconds), and drops what of the colo nobody asks for any more. */
export async function addDemand(
  db: D1Database,
  colo: string,
  demand: readonly ColoDemand[],
  now: number,
): Promise<void> {
  const at = Math.floor(now / DEMAND_SPAN_MS) * DEMAND_SPAN_MS;
  await db.batch([
    db
      .prepare(
        `INSERT INTO demand (colo, at, service, country, requests)
         SELECT ?, ?, value->>'service', coalesce(value->>'country', ''), value->>'requests'
         FROM json_each(?) WHERE true
         ON CONFLICT DO UPDATE SET requests = requests + excluded.requests`,
      )
      .bind(colo, at, JSON.stringify(demand)),
    db.prepare("DELETE FROM demand WHERE colo = ? AND at < ?").bind(colo, now - KEPT_MS),
  ]);
}

/** What all colos have counted in the spans that have ended since a time in Unix milliseconds. */
export async function demandSince(db: D1Database, since: number): Promise<readonly Demand[]> {
  const { results } = await db
    .prepare(
      `SELECT colo, service, country, sum(requests) AS requests FROM demand
       WHERE at > ? GROUP BY colo, service, country ORDER BY colo, service, country`,
    )
    .bind(since - DEMAND_SPAN_MS)
    .all<Demand & { readonly country: string }>();
  return results.map((row) => ({ ...row, country: row.country === "" ? null : row.country }));
}

/**
 * From when on `demandSince` of the same time counts, Unix milliseconds: the start of its first span, or of the oldest
 * that was ever recorded where that is later. `null` where nothing is recorded.
 */
export async function demandCoversFrom(db: D1Database, since: number): Promise<number | null> {
  const oldest = await db.prepare("SELECT min(at) AS at FROM demand").first<number | null>("at");
  return oldest === null ? null : Math.max(oldest, Math.floor(since / DEMAND_SPAN_MS) * DEMAND_SPAN_MS);
}
