import { z } from "zod";
import { KEY_STATES } from "../../../src/dns/dnssec/zone-key.ts";
import { timeSchema } from "./field.ts";

const roleSchema = z.enum(["ksk", "zsk"]);

/** A key of a zone, without its private part. */
const zoneKeySchema = z
  .strictObject({
    tag: z.int().min(0).max(65_535),
    role: roleSchema,
    state: z.enum(KEY_STATES),
    publishedAt: timeSchema,
    activeAt: timeSchema,
    retiredAt: timeSchema.nullable(),
    removedAt: timeSchema.nullable(),
  })
  .meta({ id: "ZoneKey" });

/** What the parent is to have, or has, of a key. */
const delegationSchema = z
  .strictObject({
    tag: z.int().min(0).max(65_535),
    /** The record as a zone file has it: `novacron.io. 86400 IN DS 12345 13 2 49FD…`. */
    record: z.string(),
    /** Not to be given to the parent before. */
    dueAt: timeSchema,
    /** When somebody said that the parent has it. */
    seenAt: timeSchema.nullable(),
    /** Whether it is the one that the parent should have now. */
    isWanted: z.boolean(),
  })
  .meta({ id: "Delegation" });

export const dnssecSchema = z
  .strictObject({
    zone: z.string(),
    isSigned: z.boolean(),
    keys: z.array(zoneKeySchema),
    ds: z.array(delegationSchema),
  })
  .meta({ id: "Dnssec" });
export type DnssecReply = z.infer<typeof dnssecSchema>;

export const rolloverSchema = z.strictObject({ role: roleSchema });
export type RolloverRequest = z.infer<typeof rolloverSchema>;

export const rolloverPlanSchema = z
  .strictObject({
    role: roleSchema,
    phases: z.array(
      z.strictObject({
        kind: z.enum(["publish", "sign", "submit-ds", "confirm-ds", "remove"]),
        /** The earliest time; `null` where it depends on when a person has done their part. */
        at: timeSchema.nullable(),
        detail: z.string(),
      }),
    ),
  })
  .meta({ id: "RolloverPlan" });
export type RolloverPlanReply = z.infer<typeof rolloverPlanSchema>;

export const dsSeenSchema = z.strictObject({
  /** The tag of the key whose DS every server of the parent shows. */
  tag: z.int().min(0).max(65_535),
});
export type DsSeen = z.infer<typeof dsSeenSchema>;

export const dsGoneSchema = z.strictObject({
  /** That no server of the parent shows a DS any more: said, since it cannot be undone in time. */
  isDsGone: z.literal(true),
});
export type DsGone = z.infer<typeof dsGoneSchema>;
