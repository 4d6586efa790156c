import { z } from "zod";
import { triggerSchema } from "../../../src/failover/trigger.ts";
import { regionStates } from "../../../src/health/region-state.ts";
import { timeSchema } from "./field.ts";
import { triggerReplySchema } from "./incident.ts";

const triggerProgressSchema = z.strictObject({
  kind: triggerSchema.shape.kind.exclude(["manual"]),
  /** Since when its condition holds; `null` while it does not. */
  since: timeSchema.nullable(),
  /** How long it must hold. */
  neededSeconds: z.number(),
  fired: z.boolean(),
  detail: z.string(),
});

/** What the region is held to be, by checks, nodes and edges together. */
export const observedRegionSchema = z
  .strictObject({
    state: z.enum(regionStates),
    since: timeSchema,
    /** Why, in words. */
    reasons: z.array(z.string()),
    /** As the edges saw them in the last 20 s. The rate is 0 to 1. */
    requests: z.number(),
    errorRate: z.number().nullable(),
    p95Ms: z.number().nullable(),
    /** The one that holds now. */
    trigger: triggerReplySchema.nullable(),
    triggers: z.array(triggerProgressSchema),
  })
  .meta({ id: "ObservedRegion" });
export type ObservedRegion = z.infer<typeof observedRegionSchema>;

/** A change of what a region is held to be. */
export const regionTransitionSchema = z
  .strictObject({
    at: timeSchema,
    from: z.enum(regionStates),
    to: z.enum(regionStates),
    reasons: z.array(z.string()),
  })
  .meta({ id: "RegionTransition" });
export type RegionTransitionReply = z.infer<typeof regionTransitionSchema>;
