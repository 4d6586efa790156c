import { z } from "zod";

/** Who acted. `credential` is the id of the session or token, never its secret. */
const auditPrincipalSchema = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(["person", "machine", "access"]),
  credential: z.string(),
});
export type AuditPrincipal = z.infer<typeof auditPrincipalSchema>;

/** One thing before and after; `null` where it was not, or no longer is. Secrets are redacted. */
const auditChangeSchema = z.object({ what: z.string(), before: z.unknown(), after: z.unknown() });
export type AuditChange = z.infer<typeof auditChangeSchema>;

/**
 * `begun` is written before an operation that changes something; what became of it follows under the same request id.
 * Where nothing follows, the operation died under way and may have been carried out, as after `failed`.
 */
export const auditOutcomeSchema = z.enum(["begun", "done", "refused", "failed"]);
export type AuditOutcome = z.infer<typeof auditOutcomeSchema>;

/** What is written down of an attempt. */
export const auditRecordSchema = z.object({
  /** `null` when nobody was recognised. */
  principal: auditPrincipalSchema.nullable(),
  /** The client's IP address; `null` where the entry stands for several. */
  address: z.string().nullable(),
  action: z.object({
    /** Such as `weights:write`, or `oneself` or `anyone`; `null` where the attempt ended before its route was known. */
    permission: z.string().nullable(),
    method: z.string(),
    /** The route's pattern, or the path as it was asked for where there is no permission. */
    path: z.string(),
  }),
  /** What it was done to: the path below the API's root, such as `regions/us-east-1`. */
  target: z.string(),
  changes: z.array(auditChangeSchema),
  /** Changes that did not fit: how many, and SHA-256 over their canonical JSON. */
  rest: z.object({ count: z.int(), sha256: z.string() }).nullable(),
  requestId: z.string(),
  result: z.object({
    outcome: auditOutcomeSchema,
    /** Of the response; `null` while there is none. */
    status: z.int().nullable(),
    /** The kind of refusal, such as `stale`. */
    reason: z.string().nullable(),
  }),
  /** How many attempts the entry stands for: more than 1 only for those without a principal. */
  attempts: z.int(),
});
export type AuditRecord = z.infer<typeof auditRecordSchema>;

/** A record in its place in the chain. */
export const auditEntrySchema = auditRecordSchema.extend({
  /** From 1, without gaps. */
  seq: z.int().min(1),
  /** Unix milliseconds, by the log's clock; never goes back. */
  at: z.int(),
  /** SHA-256 of the entry before, 64 hexadecimal digits; zeros for the first. */
  previous: z.string(),
});
export type AuditEntry = z.infer<typeof auditEntrySchema>;
