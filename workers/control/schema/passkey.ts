import { z } from "zod";
import { timeSchema } from "./field.ts";
import { transportSchema } from "./transport.ts";

/** An attestation with a certificate chain has some 5 KB. */
const MAX_FIELD_CHARS = 20_000;
const bytesSchema = z
  .string()
  .regex(/^[\w-]*$/, "expected base64url")
  .max(MAX_FIELD_CHARS);

/** What browsers add to a credential beyond what is looked at here is left alone. */
const credentialFields = {
  id: bytesSchema.min(1).max(1500),
  rawId: bytesSchema.min(1).max(1500),
  type: z.literal("public-key"),
  clientExtensionResults: z.record(z.string(), z.unknown()).default({}),
};

/** RegistrationResponseJSON of WebAuthn Level 3, section 5.1. */
const registrationSchema = z.looseObject({
  ...credentialFields,
  response: z.looseObject({
    clientDataJSON: bytesSchema,
    attestationObject: bytesSchema,
    transports: z.array(z.string().max(40)).max(10).optional(),
  }),
});
export type Registration = z.infer<typeof registrationSchema>;

/** AuthenticationResponseJSON of WebAuthn Level 3, section 5.1. */
export const assertionSchema = z.looseObject({
  ...credentialFields,
  response: z.looseObject({
    clientDataJSON: bytesSchema,
    authenticatorData: bytesSchema,
    signature: bytesSchema,
    userHandle: bytesSchema.nullish(),
  }),
});
export type Assertion = z.infer<typeof assertionSchema>;

/** PublicKeyCredentialCreationOptionsJSON, or RequestOptions, of WebAuthn Level 3, section 5.1: for the browser. */
export const webAuthnOptionsSchema = z.looseObject({ challenge: bytesSchema });

export const newPasskeySchema = z.strictObject({
  name: z.string().trim().min(1).max(127),
  response: registrationSchema,
});

export const passkeySignInSchema = z.strictObject({ response: assertionSchema, transport: transportSchema });

export const passkeySchema = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    createdAt: timeSchema,
    lastUsedAt: timeSchema.nullable(),
  })
  .meta({ id: "Passkey" });
export type PasskeyReply = z.infer<typeof passkeySchema>;
