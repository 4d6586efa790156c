import { z } from "zod";
import { verdictSchema } from "../../../src/table/verdict.ts";
import { jsonObjectSchema, timeSchema } from "./field.ts";
import { tableWarningSchema, writtenWarningsSchema } from "./table-warning.ts";

/** A JSON merge patch (RFC 7396) over the table's document: `{ section: { id: entity or null } }`. */
export const tablePatchSchema = jsonObjectSchema;

export const rollbackSchema = z
  .strictObject({
    epoch: z.int().min(0),
    reason: z.string().trim().min(1).max(500),
  })
  .meta({ id: "Rollback" });

export const rollbackPlanRequestSchema = rollbackSchema.pick({ epoch: true }).meta({ id: "RollbackPlanRequest" });

const sectionSchema = z.record(z.string(), jsonObjectSchema);

/** The table's document, without addresses and record sets: they are many, and have lists of their own. */
export const tableDocumentSchema = z
  .strictObject({
    epoch: z.int(),
    regions: sectionSchema,
    backends: sectionSchema,
    services: sectionSchema,
    policies: sectionSchema,
    limits: sectionSchema,
    residency: sectionSchema,
    zones: sectionSchema,
    latency: z.record(z.string(), z.record(z.string(), z.number())),
    health: z.record(z.string(), verdictSchema),
    counts: z.strictObject({ blacklist: z.int(), allowlist: z.int(), bots: z.int(), records: z.int() }),
  })
  .meta({ id: "TableDocument" });
export type TableDocument = z.infer<typeof tableDocumentSchema>;

const changeSchema = z
  .strictObject({ section: z.string(), id: z.string(), before: z.unknown(), after: z.unknown() })
  .meta({ id: "Change" });
const objectionSchema = z
  .strictObject({ code: z.string(), path: z.string(), detail: z.string() })
  .meta({ id: "Objection" });

export const tablePlanSchema = z
  .strictObject({
    epoch: z.int(),
    changes: z.array(changeSchema),
    objections: z.array(objectionSchema),
    /** What speaks against it and refuses nothing. */
    warnings: z.array(tableWarningSchema),
  })
  .meta({ id: "TablePlan" });
export type TablePlanReply = z.infer<typeof tablePlanSchema>;

export const appliedSchema = z.strictObject({ epoch: z.int(), changes: z.array(changeSchema) }).meta({ id: "Applied" });

export const appliedPatchSchema = appliedSchema
  .extend({
    /** What of the patch was left out. What else speaks against it is told by its plan. */
    warnings: writtenWarningsSchema,
  })
  .meta({ id: "AppliedPatch" });

export const rolledBackSchema = appliedSchema
  .extend({
    /** What speaks against what has come back. */
    warnings: writtenWarningsSchema,
  })
  .meta({ id: "RolledBack" });

export const historyEntrySchema = z
  .strictObject({
    epoch: z.int(),
    at: timeSchema,
    principal: z.string(),
    requestId: z.string(),
    summary: z.string(),
    changes: z.array(changeSchema),
  })
  .meta({ id: "HistoryEntry" });
