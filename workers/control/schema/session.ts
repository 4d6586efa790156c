import { z } from "zod";
import { timeSchema } from "./field.ts";
import { assertionSchema } from "./passkey.ts";
import { transportSchema } from "./transport.ts";

/** Longer passwords would be work for nothing. */
const MAX_PASSWORD_CHARS = 256;
const MAX_NAME_CHARS = 127;

export const passwordSchema = z.string().min(1).max(MAX_PASSWORD_CHARS);

const factorFields = {
  /** Six digits of an authenticator app. */
  code: z.string().max(10).optional(),
  recoveryCode: z.string().max(40).optional(),
};

export const signInSchema = z.strictObject({
  name: z.string().min(1).max(MAX_NAME_CHARS),
  password: passwordSchema,
  ...factorFields,
  transport: transportSchema,
});
export type SignInRequest = z.input<typeof signInSchema>;

export const stepUpSchema = z
  .strictObject({ ...factorFields, passkey: assertionSchema.optional() })
  .refine(
    (given) => Object.values(given).filter((value) => value !== undefined).length === 1,
    "expected one of code, recoveryCode and passkey",
  );
export type StepUpRequest = z.infer<typeof stepUpSchema>;

export const stepUpReplySchema = z.strictObject({ secondFactorAt: timeSchema });
export type StepUpReply = z.infer<typeof stepUpReplySchema>;

/** What lets its reader in: `token` as a bearer, or with a cookie `csrfToken`, which every write must carry. */
export const newSessionSchema = z
  .strictObject({
    id: z.string(),
    principal: z.strictObject({ id: z.string(), name: z.string() }),
    token: z.string().nullable(),
    csrfToken: z.string().nullable(),
    expiresAt: timeSchema,
    /** No renewal goes past it. */
    endsAt: timeSchema,
    /** With `missing`, all that can be done is to set one up. */
    secondFactor: z.enum(["used", "missing"]),
  })
  .meta({ id: "NewSession" });
export type NewSessionReply = z.infer<typeof newSessionSchema>;

export const sessionSchema = z
  .strictObject({
    id: z.string(),
    principal: z.string(),
    transport: z.enum(["bearer", "cookie"]),
    createdAt: timeSchema,
    expiresAt: timeSchema,
    endsAt: timeSchema,
    secondFactorAt: timeSchema.nullable(),
  })
  .meta({ id: "Session" });
export type SessionReply = z.infer<typeof sessionSchema>;
