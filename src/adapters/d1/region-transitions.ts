import { z } from "zod";
import { regionReasonSchema } from "../../health/region-reason.ts";
import type { RegionTransition } from "../../health/region-state.ts";
import { regionStates } from "../../health/region-state.ts";

/** A change of a region's state, as it is kept. `seq` orders those of one moment. */
export interface KeptTransition extends RegionTransition {
  readonly region: string;
  readonly seq: number;
}

const MAX_TRANSITIONS = 10_000;

const rowSchema = z.object({
  region: z.string(),
  at: z.number(),
  seq: z.number(),
  from_state: z.enum(regionStates),
  to_state: z.enum(regionStates),
  reasons: z.string().transform((text) => z.array(regionReasonSchema).catch([]).parse(JSON.parse(text))),
});

/** The changes of a region's state since a time in Unix milliseconds, newest first. */
export async function regionTransitions(
  db: D1Database,
  region: string,
  since: number,
  limit: number,
): Promise<readonly KeptTransition[]> {
  const { results } = await db
    .prepare("SELECT * FROM region_transition WHERE region = ? AND at >= ? ORDER BY at DESC, seq DESC LIMIT ?")
    .bind(region, since, Math.min(Math.max(1, limit), MAX_TRANSITIONS))
    .all();
  return results.map((row) => {
    const { from_state, to_state, ...rest } = rowSchema.parse(row);
    return { ...rest, from: from_state, to: to_state };
  });
}

/** One statement for any number, with one bound parameter. Those that are there already are left alone. */
export function insertTransitions(db: D1Database, transitions: readonly KeptTransition[]): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO region_transition (region, at, seq, from_state, to_state, reasons)
       SELECT value->>'region', value->>'at', value->>'seq', value->>'from', value->>'to', value->>'reasons'
       FROM json_each(?) WHERE true ON CONFLICT DO NOTHING`,
    )
    .bind(JSON.stringify(transitions));
}

export function deleteTransitionsBefore(db: D1Database, at: number): D1PreparedStatement {
  return db.prepare("DELETE FROM region_transition WHERE at < ?").bind(at);
}
