import { z } from "zod";
import { defenceLevels, MAX_SIGNATURES, signatureSchema } from "../../table/defence.ts";

/** A long attack keeps its beginning and what came last. */
export const MAX_EVENTS = 200;
export const MAX_SCOPES = 40;
export const MAX_NAMED_CULPRITS = 20;
export const MAX_NAMED_EXPLANATIONS = 10;

export const severities = ["minor", "major", "critical"] as const;
export const severitySchema = z.enum(severities);
export type Severity = z.infer<typeof severitySchema>;

const sightSchema = z.object({
  /** The detector's own id of what it reports. */
  report: z.string(),
  state: z.enum(["ongoing", "ended", "unheard"]),
  /** When it was last heard of, by the mitigator's clock. */
  at: z.number(),
  /** The same by the detector's clock. */
  reportedAt: z.number(),
  /** When its detector could last see it, by the mitigator's clock. */
  lastOutAt: z.number().optional(),
  severity: severitySchema,
  /** Whether all that it saw may have moved from other parts of the traffic. */
  hasMoved: z.boolean().optional(),
  sigmas: z.number(),
  /** Requests a second. */
  expected: z.number(),
  actual: z.number(),
});

/** `seen` of the traffic, `decided` by the shield or a person, `done` to the table and what came of it. */
export const attackEventSchema = z.object({
  at: z.number(),
  kind: z.enum(["seen", "decided", "done"]),
  what: z.string().max(500),
  /** What the words rest on, by name: rates in requests a second, shares 0 to 1. */
  numbers: z.record(z.string().max(40), z.number()),
});
export type AttackEvent = z.infer<typeof attackEventSchema>;

/** A signature, and why it was chosen. */
export const chosenSignatureSchema = signatureSchema.extend({
  /** Of what is too much, and of usual requests, what it matches, 0 to 1; the second as it may be at most (95 %). */
  covers: z.number(),
  collateral: z.number(),
  collateralAtMost: z.number(),
  /** `search`: by traits. `whole`: all of the service, as no traits tell it apart. `proposal`: a ban that waits for a person. */
  origin: z.enum(["search", "whole", "proposal"]),
});
export type ChosenSignature = z.infer<typeof chosenSignatureSchema>;

/** An attack on one service as all scopes see it. Ids are in the order of time. Times are Unix milliseconds. */
export const attackRecordSchema = z.object({
  id: z.string().regex(/^[a-z0-9-]{1,64}$/),
  service: z.string().min(1).max(64),
  direction: z.enum(["flood", "silence"]),
  /** `subsiding`: no longer seen, and defences are still being taken away. */
  state: z.enum(["ongoing", "subsiding", "over"]),
  startedAt: z.number(),
  /** When it could last be seen, as far as is known; `null` while it goes on. */
  endedAt: z.number().nullable(),
  updatedAt: z.number(),
  /** As it is now (`minor` where nothing of it is left for the moment), and at its worst. */
  severity: severitySchema,
  worst: severitySchema,
  peak: z.object({
    at: z.number(),
    actual: z.number(),
    expected: z.number(),
    sigmas: z.number(),
    /** The regions whose traffic this is together; empty where it is all of the service's. */
    regions: z.array(z.string().max(64)).max(MAX_SCOPES).default([]),
  }),
  /** By scope: regions, and `global`. */
  scopes: z.record(z.string().max(64), sightSchema),
  /** Whose share had changed at the peak, those that explain most first. */
  explanations: z
    .array(
      z.object({
        dimension: z.string(),
        value: z.string(),
        usualShare: z.number(),
        share: z.number(),
        excess: z.number(),
      }),
    )
    .max(MAX_NAMED_EXPLANATIONS),
  /** Those with clearly more requests than usual at the peak, those with the most first. */
  culprits: z
    .array(z.object({ client: z.string(), perSecond: z.number(), usualPerSecond: z.number() }))
    .max(MAX_NAMED_CULPRITS),
  /** What is done now, and the most that was. */
  level: z.enum(defenceLevels),
  mostLevel: z.enum(defenceLevels),
  /** When this level began. */
  levelSince: z.number(),
  signatures: z.array(chosenSignatureSchema).max(MAX_SIGNATURES),
  /** Those that covered the most of what was too much, in requests a second, whether or not they still stand. */
  best: z.object({ perSecond: z.number(), signatures: z.array(chosenSignatureSchema).max(MAX_SIGNATURES) }).optional(),
  /** When no signature was found first that tells it from usual requests; not there where one always was. */
  untoldAt: z.number().optional(),
  /** Bans that it led to, and those that a person was asked about. */
  bans: z.int().min(0),
  proposals: z.int().min(0),
  /** The oldest first; of a long attack, the middle is left out, and `leftOut` counts it. */
  timeline: z.array(attackEventSchema).max(MAX_EVENTS),
  leftOut: z.int().min(0),
});
export type AttackRecord = z.infer<typeof attackRecordSchema>;
