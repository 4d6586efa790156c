import { z } from "zod";
import { backendIdSchema, backendSchema } from "../../../src/table/backend.ts";
import { policyIdSchema, policySchema } from "../../../src/table/policy.ts";
import { rateLimitIdSchema, rateLimitSchema } from "../../../src/table/rate-limit.ts";
import { regionIdSchema, regionSchema } from "../../../src/table/region.ts";
import { jurisdictionIdSchema, residencyRuleSchema } from "../../../src/table/residency-rule.ts";
import { serviceIdSchema, serviceSchema } from "../../../src/table/service.ts";
import { zoneIdSchema, zoneSchema } from "../../../src/table/zone.ts";
import { writtenWarningsSchema } from "./table-warning.ts";

/** Sections of the table that are edited entity by entity. */
export const entitySections = ["regions", "backends", "services", "policies", "limits", "residency", "zones"] as const;
export type EntitySection = (typeof entitySections)[number];

/** Where the entities of a section are, below `/api/v1`. */
export const entityPaths: Readonly<Record<EntitySection, string>> = {
  regions: "/regions",
  backends: "/backends",
  services: "/services",
  policies: "/policies",
  limits: "/shield/policies",
  residency: "/residency",
  zones: "/dns/zones",
};

interface EntitySchemas {
  /** The entity with its id, as it is shown and created. */
  readonly entry: z.ZodType<{ id: string }>;
  /** Replaces: the entity; its id may be repeated, and must then be the path's. */
  readonly put: z.ZodType<{ id?: string | undefined }>;
  /** What a write answers. */
  readonly written: z.ZodType<{ id: string }>;
}

/** An entity as the API shows it: its fields beside its id. */
export const regionEntrySchema = regionSchema.extend({ id: regionIdSchema }).meta({ id: "Region" });
export const backendEntrySchema = backendSchema.extend({ id: backendIdSchema }).meta({ id: "Backend" });
export const serviceEntrySchema = serviceSchema.extend({ id: serviceIdSchema }).meta({ id: "Service" });
export const residencyEntrySchema = residencyRuleSchema
  .extend({ id: jurisdictionIdSchema })
  .meta({ id: "ResidencyRule" });
export const zoneEntrySchema = zoneSchema.extend({ id: zoneIdSchema }).meta({ id: "Zone" });
export const limitEntrySchema = rateLimitSchema.extend({ id: rateLimitIdSchema }).meta({ id: "RateLimit" });
export const policyEntrySchema = withEachKind({ id: policyIdSchema }).meta({ id: "Policy" });

export type RegionEntry = z.infer<typeof regionEntrySchema>;
export type BackendEntry = z.infer<typeof backendEntrySchema>;
export type ServiceEntry = z.infer<typeof serviceEntrySchema>;

export type PolicyEntry = z.infer<typeof policyEntrySchema>;
export type LimitEntry = z.infer<typeof limitEntrySchema>;

/** A rate limit as it was written, and what the recorded traffic says of it. */
export const writtenLimitSchema = limitEntrySchema
  .extend({ warnings: writtenWarningsSchema })
  .meta({ id: "WrittenRateLimit" });
export type WrittenLimit = z.infer<typeof writtenLimitSchema>;

/** A service as it was written, and whom a change of its mitigation would meet. */
export const writtenServiceSchema = serviceEntrySchema
  .extend({ warnings: writtenWarningsSchema })
  .meta({ id: "WrittenService" });
export type WrittenService = z.infer<typeof writtenServiceSchema>;

export const entitySchemas: Readonly<Record<EntitySection, EntitySchemas>> = {
  regions: schemasOf(regionEntrySchema, regionSchema.extend({ id: regionIdSchema.optional() })),
  backends: schemasOf(backendEntrySchema, backendSchema.extend({ id: backendIdSchema.optional() })),
  services: {
    ...schemasOf(serviceEntrySchema, serviceSchema.extend({ id: serviceIdSchema.optional() })),
    written: writtenServiceSchema,
  },
  policies: schemasOf(policyEntrySchema, withEachKind({ id: policyIdSchema.optional() })),
  limits: {
    ...schemasOf(limitEntrySchema, rateLimitSchema.extend({ id: rateLimitIdSchema.optional() })),
    written: writtenLimitSchema,
  },
  residency: schemasOf(residencyEntrySchema, residencyRuleSchema.extend({ id: jurisdictionIdSchema.optional() })),
  zones: schemasOf(zoneEntrySchema, zoneSchema.extend({ id: zoneIdSchema.optional() })),
};

function schemasOf(entry: EntitySchemas["entry"], put: EntitySchemas["put"]): EntitySchemas {
  return { entry, put, written: entry };
}

/** Changes some fields: a JSON merge patch over the entity (RFC 7396). */
export const entityPatchSchema = z.record(z.string(), z.unknown());

function withEachKind<T extends z.ZodRawShape>(shape: T) {
  const [first, ...others] = policySchema.options;
  return z.discriminatedUnion("kind", [first.extend(shape), ...others.map((option) => option.extend(shape))]);
}
