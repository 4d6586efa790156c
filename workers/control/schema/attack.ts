import { z } from "zod";
import { REPORT_SECONDS } from "../../../src/shield/attack.ts";
import { alertSchema } from "../../../src/shield/mitigation/alert.ts";
import { MAX_EVENTS, severitySchema } from "../../../src/shield/mitigation/attack-record.ts";
import { defenceLevels, signatureMatchSchema, signatureSchema } from "../../../src/table/defence.ts";
import { serviceIdSchema } from "../../../src/table/service.ts";
import { timeSchema } from "./field.ts";
import { sinceSchema } from "./health.ts";
import { pageQuerySchema } from "./page.ts";

export const levelSchema = z.enum(defenceLevels);
/** What a client had at the peak of an attack, and in usual times. */
export const clientRates = {
  perSecond: z.number().meta({ description: `Requests a second, the mean over ${REPORT_SECONDS} s.` }),
  usualPerSecond: z.number().meta({ description: "The most that it had in one second before." }),
};
const rates = {
  actual: z.number().meta({ description: `Requests a second, the mean over ${REPORT_SECONDS} s.` }),
  expected: z.number(),
  /** How far off, in standard deviations. */
  sigmas: z.number(),
};

/** An attack as lists have it. */
export const attackSummarySchema = z
  .strictObject({
    /** When it began, its direction and its service, as one word; ids are in the order of time. */
    id: z.string(),
    service: z.string(),
    /** Too many requests, or too few. */
    direction: z.enum(["flood", "silence"]),
    /** `subsiding`: no longer seen, and defences are still being taken away. */
    state: z.enum(["ongoing", "subsiding", "over"]),
    startedAt: timeSchema,
    endedAt: timeSchema.nullable(),
    updatedAt: timeSchema,
    /** As it is now (`minor` where nothing of it is left for the moment), and at its worst. */
    severity: severitySchema,
    worst: severitySchema,
    /** `regions`: those whose traffic these figures are of; empty where they are of all of the service's. */
    peak: z.strictObject({ at: timeSchema, ...rates, regions: z.array(z.string()) }),
    /** What is done now, since when, and the most that was. */
    level: levelSchema,
    levelSince: timeSchema,
    mostLevel: levelSchema,
    bans: z.int(),
    proposals: z.int(),
  })
  .meta({ id: "AttackSummary" });
export type AttackSummary = z.infer<typeof attackSummarySchema>;

/** What was `seen` of the traffic, `decided` by the shield or a person, and `done` to the table. */
export const attackEventReplySchema = z
  .strictObject({
    at: timeSchema,
    kind: z.enum(["seen", "decided", "done"]),
    what: z.string(),
    /** What the words rest on, by name. */
    numbers: z.record(z.string(), z.number()),
  })
  .meta({ id: "AttackEvent" });

/** Shares are 0 to 1. */
const signatureReplySchema = z.strictObject({
  match: signatureMatchSchema,
  perSecond: z.number(),
  /** What is done about these while anything is, where that is not the level of the attack. */
  level: signatureSchema.shape.level,
  covers: z.number(),
  collateral: z.number(),
  collateralAtMost: z.number(),
  origin: z.enum(["search", "whole", "proposal"]),
});

/** An attack with its whole timeline. */
export const attackReplySchema = attackSummarySchema
  .extend({
    /** How each scope saw it last: the regions, and `global`. `severity` is the worst so far. */
    scopes: z.record(
      z.string(),
      z.strictObject({
        state: z.enum(["ongoing", "ended", "unheard"]),
        at: timeSchema,
        severity: severitySchema,
        ...rates,
      }),
    ),
    /** Whose share of the requests had changed at the peak, what explains most first. */
    explanations: z.array(
      z.strictObject({
        dimension: z.string(),
        value: z.string(),
        usualShare: z.number(),
        share: z.number(),
        excess: z.number(),
      }),
    ),
    /** Those with clearly more requests than usual at the peak. */
    culprits: z.array(z.strictObject({ client: z.string(), ...clientRates })),
    /** What is held against it now, and why that was chosen. */
    signatures: z.array(signatureReplySchema),
    /** What covered the most of it, `perSecond` requests a second of what was too much; `null` where nothing told it. */
    best: z.strictObject({ perSecond: z.number(), signatures: z.array(signatureReplySchema) }).nullable(),
    /** The oldest first. Of a long attack the middle is left out: `leftOut` events. */
    timeline: z.array(attackEventReplySchema).max(MAX_EVENTS),
    leftOut: z.int(),
  })
  .meta({ id: "Attack" });
export type AttackReply = z.infer<typeof attackReplySchema>;

export const attackQuerySchema = pageQuerySchema.extend({
  service: serviceIdSchema.optional(),
  /** `open`: those that are not over. */
  state: z.enum(["open", "ended", "all"]).default("all"),
});

export const alertQuerySchema = pageQuerySchema.extend({ since: sinceSchema.optional() });

export const alertReplySchema = z.strictObject({ ...alertSchema.shape, at: timeSchema }).meta({ id: "Alert" });
export type AlertReply = z.infer<typeof alertReplySchema>;
