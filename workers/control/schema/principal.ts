import { z } from "zod";
import { MAX_CONTROL_NETWORKS } from "../../../src/auth/account.ts";
import { assignmentSchema, assignmentsSchema } from "../../../src/auth/role.ts";
import { canonicalCidrSchema, cidrSchema } from "../../../src/table/cidr.ts";
import { timeSchema } from "./field.ts";
import { passwordSchema } from "./session.ts";

/** NIST SP 800-63B, section 3.1.1.2, asks for 8 with a second factor; a few more cost nobody anything. */
const MIN_PASSWORD_CHARS = 12;
export const newPasswordSchema = passwordSchema.min(MIN_PASSWORD_CHARS);

const nameSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._@+-]{0,126}$/, "expected letters, digits and ._@+-, at most 127");
const emailSchema = z.email().max(254);

export const newPrincipalSchema = z.strictObject({
  name: nameSchema,
  kind: z.enum(["person", "machine"]).default("person"),
  email: emailSchema.nullable().default(null),
  roles: assignmentsSchema.default([]),
});
export type NewPrincipal = z.input<typeof newPrincipalSchema>;

export const principalPatchSchema = z.strictObject({
  email: emailSchema.nullable().optional(),
  roles: assignmentsSchema.optional(),
});

export const principalSchema = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    kind: z.enum(["person", "machine"]),
    email: z.string().nullable(),
    roles: z.array(assignmentSchema),
    allowlist: z.array(canonicalCidrSchema),
    createdAt: timeSchema,
  })
  .meta({ id: "Principal" });
export type PrincipalReply = z.infer<typeof principalSchema>;

/** A person's first password is shown once; machines have tokens. */
export const newPrincipalReplySchema = principalSchema.extend({ password: z.string().nullable() });
export type NewPrincipalReply = z.infer<typeof newPrincipalReplySchema>;

/** Who the caller is, and what it may do. */
export const meSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  kind: z.enum(["person", "machine", "access"]),
  credential: z.string(),
  secondFactorAt: timeSchema.nullable(),
  grants: z.array(
    z.strictObject({
      permissions: z.array(z.string()),
      regions: z.array(z.string()).nullable(),
      services: z.array(z.string()).nullable(),
    }),
  ),
});
export type MeReply = z.infer<typeof meSchema>;

export const passwordChangeSchema = z.strictObject({ current: passwordSchema, password: newPasswordSchema });

/** A secret for an authenticator app, shown once. */
export const totpOfferSchema = z.strictObject({ secret: z.string(), uri: z.string() });
export type TotpOffer = z.infer<typeof totpOfferSchema>;

export const totpConfirmationSchema = z.strictObject({ code: z.string().max(10) });

export const recoveryCodesSchema = z.strictObject({ recoveryCodes: z.array(z.string()) });
export type RecoveryCodesReply = z.infer<typeof recoveryCodesSchema>;

/** The first admin of a deployment; `machineToken` adds a machine with a token, as the local world needs it. */
export const bootstrapSchema = z.strictObject({
  name: nameSchema,
  password: newPasswordSchema,
  email: emailSchema.nullable().default(null),
});
export type BootstrapRequest = z.input<typeof bootstrapSchema>;

export const bootstrapReplySchema = z.strictObject({
  principal: principalSchema,
  totp: totpOfferSchema,
  recoveryCodes: z.array(z.string()),
});
export type BootstrapReply = z.infer<typeof bootstrapReplySchema>;

export const networksSchema = z.strictObject({
  networks: z.array(cidrSchema).max(MAX_CONTROL_NETWORKS),
  /** Makes a list that shuts out the address from which it is made. */
  force: z.boolean().default(false),
});
export type NetworksRequest = z.input<typeof networksSchema>;

export const networksReplySchema = z.strictObject({ networks: z.array(canonicalCidrSchema) });
export type NetworksReply = z.infer<typeof networksReplySchema>;

export const networksPlanSchema = z.strictObject({
  added: z.array(canonicalCidrSchema),
  removed: z.array(canonicalCidrSchema),
  locksOut: z.boolean(),
});
export type NetworksPlanReply = z.infer<typeof networksPlanSchema>;
