import { z } from "zod";
import { evidenceSchema, MAX_ACTIONS } from "../../../src/failover/incident.ts";
import { triggerSchema } from "../../../src/failover/trigger.ts";
import { regionIdSchema } from "../../../src/table/region.ts";
import { timeSchema } from "./field.ts";
import { pageQuerySchema } from "./page.ts";

export const triggerReplySchema = z
  .strictObject({ ...triggerSchema.shape, since: timeSchema })
  .meta({ id: "FailoverTrigger" });

/** A failure of a region, from its beginning until the region is active again. */
export const incidentReplySchema = z
  .strictObject({
    id: z.string(),
    region: z.string(),
    openedAt: timeSchema,
    cause: triggerReplySchema,
    evidence: z.strictObject(evidenceSchema.shape),
    /** What was done and what became of it, the oldest first. */
    actions: z.array(z.strictObject({ at: timeSchema, what: z.string() })).max(MAX_ACTIONS),
    /** `null` while it is open. */
    closedAt: timeSchema.nullable(),
  })
  .meta({ id: "Incident" });
export type IncidentReply = z.infer<typeof incidentReplySchema>;

export const incidentQuerySchema = pageQuerySchema.extend({
  region: regionIdSchema.optional(),
  /** `open`: those that have not ended. */
  state: z.enum(["open", "all"]).default("all"),
});
