import { z } from "zod";
import { assignmentSchema } from "../../../src/auth/role.ts";
import { timeSchema } from "./field.ts";

/** No token goes unlooked at for longer. */
const MAX_TOKEN_SECONDS = 366 * 86_400;
const DEFAULT_TOKEN_SECONDS = 90 * 86_400;

export const newTokenSchema = z.strictObject({
  /** Id of the machine that it is for. */
  principal: z.string().min(1).max(127),
  name: z.string().trim().min(1).max(127),
  /** What it may do of what its machine may; without it, all. */
  limit: assignmentSchema.nullable().default(null),
  ttlSeconds: z.int().min(1).max(MAX_TOKEN_SECONDS).default(DEFAULT_TOKEN_SECONDS),
  /** Sensitive operations without a second factor; only in the local world. */
  stepUpExempt: z.boolean().default(false),
});
export type NewToken = z.input<typeof newTokenSchema>;

export const tokenSchema = z
  .strictObject({
    id: z.string(),
    principal: z.string(),
    name: z.string(),
    limit: assignmentSchema.nullable(),
    createdAt: timeSchema,
    /** `null` never ends. */
    expiresAt: timeSchema.nullable(),
    /** To about a minute. */
    lastUsedAt: timeSchema.nullable(),
    stepUpExempt: z.boolean(),
  })
  .meta({ id: "Token" });
export type TokenReply = z.infer<typeof tokenSchema>;

/** With the token itself, which is shown this once. */
export const newTokenReplySchema = tokenSchema.extend({ token: z.string() });
export type NewTokenReply = z.infer<typeof newTokenReplySchema>;
