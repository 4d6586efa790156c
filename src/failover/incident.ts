import { z } from "zod";
import { loadSchema } from "../table/verdict.ts";
import { triggerSchema } from "./trigger.ts";

/** What was known of a region when it failed. */
export const evidenceSchema = z.object({
  backends: z.object({ up: z.int(), total: z.int() }),
  load: loadSchema.nullable(),
  /** As the edges saw it in the last 20 s. The rate is 0 to 1. */
  requests: z.number(),
  errorRate: z.number().nullable(),
  p95Ms: z.number().nullable(),
});
export type Evidence = z.infer<typeof evidenceSchema>;

/** An incident that goes on and on keeps its beginning and what came last. */
export const MAX_ACTIONS = 50;

/** A failure of a region, from its beginning until the region is active again. Times are Unix milliseconds. */
export const incidentSchema = z.object({
  id: z.string(),
  region: z.string(),
  openedAt: z.number(),
  cause: triggerSchema,
  evidence: evidenceSchema,
  /** What was done and what became of it, in words, the oldest first. */
  actions: z.array(z.object({ at: z.number(), what: z.string() })),
  /** `null` while it is open. */
  closedAt: z.number().nullable(),
});
export type Incident = z.infer<typeof incidentSchema>;

/** Which incidents to list. */
export interface IncidentQuery {
  /** At most so many. */
  readonly limit: number;
  /** The id of one: only older ones; `null` for the newest. */
  readonly before: string | null;
  /** `null` is every region. */
  readonly region: string | null;
  /** Only those that are open. */
  readonly open: boolean;
}

/** Ids are in the order of time. */
export function openIncident(region: string, cause: Incident["cause"], evidence: Evidence, now: number): Incident {
  const id = `${now.toString(36).padStart(9, "0")}-${region}`;
  return { id, region, openedAt: now, cause, evidence, actions: [], closedAt: null };
}

/** The same word again is not written down again. */
export function noteAction(incident: Incident, what: string, now: number): Incident {
  const { actions } = incident;
  if (actions.at(-1)?.what === what) return incident;
  const next = [...actions, { at: now, what }];
  return { ...incident, actions: next.length > MAX_ACTIONS ? next.toSpliced(MAX_ACTIONS / 2, 1) : next };
}

export const closeIncident = (incident: Incident, what: string, now: number): Incident => ({
  ...noteAction(incident, what, now),
  closedAt: now,
});
