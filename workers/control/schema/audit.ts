import { z } from "zod";
import { auditEntrySchema, auditOutcomeSchema } from "../../../src/audit/entry.ts";
import { signedHeadSchema } from "../../../src/audit/head.ts";
import { timeSchema } from "./field.ts";
import { sinceSchema } from "./health.ts";
import { pageQuerySchema } from "./page.ts";

const nameSchema = z.string().min(1).max(500).optional();

/** Which entries to show; each parameter narrows. */
export const auditFilterSchema = z.strictObject({
  /** An id or a name. */
  principal: nameSchema,
  /** A permission such as `weights:write`, or its area. */
  action: nameSchema,
  /** What was acted on or changed, such as `regions/us-east-1` or `regions`. */
  target: nameSchema,
  result: auditOutcomeSchema.optional(),
  since: sinceSchema.optional(),
  until: sinceSchema.optional(),
});
export type AuditFilterQuery = z.infer<typeof auditFilterSchema>;

export const auditQuerySchema = pageQuerySchema.extend(auditFilterSchema.shape);

export const auditEntryReplySchema = auditEntrySchema
  .extend({ at: timeSchema, hash: z.string() })
  .meta({ id: "AuditEntry" });
export type AuditEntryReply = z.infer<typeof auditEntryReplySchema>;

/** Lines `{"head":…}` and `{"entry":…,"hash":"…"}`. */
export const auditExportSchema = z.string();

export const auditHeadsSchema = z.strictObject({
  /** What signs: Ed25519, base64url. */
  publicKey: z.string(),
  /** The newest entry, signed as it is asked for; `null` while there is none. */
  live: signedHeadSchema.nullable(),
  /** The hourly ones, newest first. */
  items: z.array(signedHeadSchema),
  cursor: z.string().optional(),
});
export type AuditHeadsReply = z.infer<typeof auditHeadsSchema>;

export const auditVerdictSchema = z.strictObject({
  intact: z.boolean(),
  /** Entries found good, and the first and last of them; 0 where there are none. */
  entries: z.int(),
  first: z.int(),
  last: z.int(),
  /** Signed heads that agree, and the entry of the newest. */
  heads: z.int(),
  signedUpTo: z.int(),
  keys: z.array(z.string()),
  /** What is wrong first, and the entry to look at. */
  broken: z.looseObject({ kind: z.string(), seq: z.int() }).nullable(),
});
export type AuditVerdictReply = z.infer<typeof auditVerdictSchema>;
