import { z } from "zod";
import { failoverPlanSchema } from "../../../src/failover/plan.ts";
import { stageSchema } from "../../../src/failover/stage.ts";
import { triggerSchema } from "../../../src/failover/trigger.ts";
import { regionIdSchema } from "../../../src/table/region.ts";
import { timeSchema } from "./field.ts";

const MAX_REASON_CHARS = 500;

/** From where, and to where; without `to` the best targets are chosen. */
export const failoverPlanRequestSchema = z
  .strictObject({ from: regionIdSchema, to: regionIdSchema.optional() })
  .meta({ id: "FailoverPlanRequest" });

export const failoverRequestSchema = z
  .strictObject({
    from: regionIdSchema,
    to: regionIdSchema.optional(),
    reason: z.string().trim().min(1).max(MAX_REASON_CHARS),
    /** Though targets become too full, or clients are left with no region. */
    force: z.boolean().default(false),
  })
  .meta({ id: "FailoverRequest" });
export type FailoverRequest = z.input<typeof failoverRequestSchema>;

const { since: _since, ...trigger } = triggerSchema.shape;

const failbackSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("holding"),
    /** `null` while it is not well. */
    healthySince: timeSchema.nullable(),
    approvedAt: timeSchema.nullable(),
    regressions: z.int(),
  }),
  z.strictObject({ kind: z.literal("ramping"), percent: z.number(), since: timeSchema, regressions: z.int() }),
]);

/** One failover, from the request to its end. */
export const failoverSchema = z
  .strictObject({
    id: z.string(),
    from: z.string(),
    to: z.string().nullable(),
    trigger: z.strictObject({ ...trigger, since: timeSchema }),
    reason: z.string(),
    requestedBy: z.string(),
    requestedAt: timeSchema,
    force: z.boolean(),
    status: z.enum(["running", "failed-over", "failing-back", "returned", "rolled-back"]),
    stages: z.array(
      z.strictObject({
        stage: stageSchema,
        startedAt: timeSchema,
        endedAt: timeSchema.nullable(),
        /** Until now, while it goes on. */
        tookMs: z.number(),
        budgetMs: z.int(),
        outcome: z.enum(["running", "done", "failed"]),
        detail: z.string(),
      }),
    ),
    plan: failoverPlanSchema.nullable(),
    failback: failbackSchema,
    events: z.array(z.strictObject({ at: timeSchema, detail: z.string() })),
    failure: z.string().nullable(),
    endedAt: timeSchema.nullable(),
  })
  .meta({ id: "Failover" });
export type FailoverReply = z.infer<typeof failoverSchema>;

export const validationRequestSchema = z.strictObject({ region: regionIdSchema });

export const validationSchema = z.strictObject({
  region: z.string(),
  /** Id of the failover, the first where several lead to the region; `null` where none concerns it. */
  failover: z.string().nullable(),
  ok: z.boolean(),
  checks: z.array(z.strictObject({ name: z.string(), ok: z.boolean(), detail: z.string() })),
});
export type ValidationReply = z.infer<typeof validationSchema>;
