import { z } from "zod";
import { backendIdSchema, backendSchema } from "../../../src/table/backend.ts";
import { policyIdSchema, policySchema } from "../../../src/table/policy.ts";
import { regionIdSchema, regionSchema } from "../../../src/table/region.ts";
import { jurisdictionIdSchema, residencyRuleSchema } from "../../../src/table/residency-rule.ts";
import { serviceIdSchema, serviceSchema } from "../../../src/table/service.ts";
import { zoneIdSchema, zoneSchema } from "../../../src/table/zone.ts";

/** Sections of the table that are edited entity by entity. */
export const entitySections = ["regions", "backends", "services", "policies", "residency", "zones"] as const;
export type EntitySection = (typeof entitySections)[number];

interface EntitySchemas {
  /** The entity with its id, as it is shown and created. */
  readonly entry: z.ZodType<{ id: string }>;
  /** Replaces: the entity; its id may be repeated, and must then be the path's. */
  readonly put: z.ZodType<{ id?: string | undefined }>;
}

/** An entity as the API shows it: its fields beside its id. */
export const regionEntrySchema = regionSchema.extend({ id: regionIdSchema }).meta({ id: "Region" });
export const backendEntrySchema = backendSchema.extend({ id: backendIdSchema }).meta({ id: "Backend" });
export const serviceEntrySchema = serviceSchema.extend({ id: serviceIdSchema }).meta({ id: "Service" });
export const residencyEntrySchema = residencyRuleSchema
  .extend({ id: jurisdictionIdSchema })
  .meta({ id: "ResidencyRule" });
export const zoneEntrySchema = zoneSchema.extend({ id: zoneIdSchema }).meta({ id: "Zone" });
export const policyEntrySchema = withEachKind({ id: policyIdSchema }).meta({ id: "Policy" });

export type RegionEntry = z.infer<typeof regionEntrySchema>;
export type BackendEntry = z.infer<typeof backendEntrySchema>;
export type ServiceEntry = z.infer<typeof serviceEntrySchema>;

export type PolicyEntry = z.infer<typeof policyEntrySchema>;

export const entitySchemas: Readonly<Record<EntitySection, EntitySchemas>> = {
  regions: { entry: regionEntrySchema, put: regionSchema.extend({ id: regionIdSchema.optional() }) },
  backends: { entry: backendEntrySchema, put: backendSchema.extend({ id: backendIdSchema.optional() }) },
  services: { entry: serviceEntrySchema, put: serviceSchema.extend({ id: serviceIdSchema.optional() }) },
  policies: { entry: policyEntrySchema, put: withEachKind({ id: policyIdSchema.optional() }) },
  residency: { entry: residencyEntrySchema, put: residencyRuleSchema.extend({ id: jurisdictionIdSchema.optional() }) },
  zones: { entry: zoneEntrySchema, put: zoneSchema.extend({ id: zoneIdSchema.optional() }) },
};

/** Changes some fields: a JSON merge patch over the entity (RFC 7396). */
export const entityPatchSchema = z.record(z.string(), z.unknown());

function withEachKind<T extends z.ZodRawShape>(shape: T) {
  const [first, ...others] = policySchema.options;
  return z.discriminatedUnion("kind", [first.extend(shape), ...others.map((option) => option.extend(shape))]);
}
