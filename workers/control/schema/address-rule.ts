import { z } from "zod";
import { MAX_TTL_SECONDS } from "../../../src/table/address-rule.ts";
import { canonicalCidrSchema, cidrSchema } from "../../../src/table/cidr.ts";
import { timeSchema } from "./field.ts";

/** An entry to be made on the blacklist or the allowlist. */
export const newAddressRuleSchema = z
  .strictObject({
    cidr: cidrSchema,
    reason: z.string().trim().min(1).max(500),
    /** Without it the list's own default holds: an hour on the blacklist, no end on the allowlist. */
    ttlSeconds: z.int().min(1).max(MAX_TTL_SECONDS).optional(),
  })
  .meta({ id: "NewAddressRule" });
export type NewAddressRule = z.input<typeof newAddressRuleSchema>;

/** An entry of the blacklist or the allowlist. */
export const addressRuleEntrySchema = z
  .strictObject({
    cidr: canonicalCidrSchema,
    reason: z.string(),
    createdAt: timeSchema,
    /** `null` never ends. */
    expiresAt: timeSchema.nullable(),
    /** From `createdAt` to `expiresAt`. */
    ttlSeconds: z.number().nullable(),
  })
  .meta({ id: "AddressRule" });
export type AddressRuleEntry = z.infer<typeof addressRuleEntrySchema>;
