import { z } from "zod";
import { defenceLevels, signatureMatchSchema } from "../table/defence.ts";
import { priorityClasses } from "../table/shaping-settings.ts";

// Not strict: a field that a newer version has added is passed over.

const placeSchema = z.object({
  country: z.string().nullable(),
  subdivision: z.string().nullable(),
  continent: z.enum(["AF", "AN", "AS", "EU", "NA", "OC", "SA"]).nullable(),
  latitude: z.number().nullable(),
  longitude: z.number().nullable(),
  colo: z.string().nullable(),
  asn: z.number().nullable(),
});

const screeningSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("passed") }),
  z.object({
    kind: z.literal("blocked"),
    cidr: z.string(),
    /** Unix milliseconds; `null` never ends. */
    expiresAt: z.number().nullable(),
    /** `null` where it is not known: no edge has the reasons. */
    reason: z.string().nullable(),
  }),
  /** The request ended before. */
  z.object({ kind: z.literal("not-reached") }),
]);

const heldLevelSchema = z.enum(["limit", "challenge", "block"]);
/** At level `limit`, requests a second: of each client by hand, of all that have the signature together. */
const perSecondSchema = z.number().nullable();

/** What stands at the service against requests like this one. How full buckets are only edges know, and who has met a challenge. */
const shieldSchema = z.object({
  /** As the service has it: `auto` is what the attack asks for, up to `most`; a level is a person's word. */
  mode: z.enum(["auto", ...defenceLevels]),
  most: z.enum(defenceLevels),
  /** What is done about the attack that goes on; `null` where there is none, or none that asks for anything. */
  defence: z
    .object({
      attack: z.string(),
      level: heldLevelSchema,
      /** Requests that have all traits of one of them are met. */
      signatures: z.array(z.object(signatureMatchSchema.shape)),
    })
    .nullable(),
  /** What this request meets; `null`: nothing. */
  stance: z
    .discriminatedUnion("kind", [
      z.object({ kind: z.literal("by-hand"), level: heldLevelSchema, perSecond: perSecondSchema }),
      z.object({
        kind: z.literal("signature"),
        level: heldLevelSchema,
        perSecond: perSecondSchema,
        attack: z.string(),
        /** The first that it has, from 0. */
        signature: z.int(),
      }),
    ])
    .nullable(),
  /** The network of the allowlist that holds its client, who then meets no level; rate limits hold for everybody. */
  allowlisted: z.string().nullable(),
  /** The policies of which it spends tokens, in the order in which they are asked. */
  limits: z.array(z.object({ id: z.string(), action: z.enum(["block", "challenge", "log"]), shadow: z.boolean() })),
});
export type ShieldTold = z.infer<typeof shieldSchema>;

const estimateSchema = z.object({
  ms: z.number(),
  deviationMs: z.number(),
  samples: z.number(),
  source: z.enum(["learned", "colo", "vantages", "mean"]),
});

/** Why a backend, or a region with all its backends, gets no new client; the later, the nearer it came to getting one. */
export const refusals = [
  "not-reached",
  "blocked",
  "no-backend",
  "not-permitted",
  "outside-jurisdiction",
  "maintenance",
  "disabled",
  "draining",
  "weight-0",
  "dial-0",
  "failed-over",
  "other-track",
  "down",
  "ejected",
] as const;
const refusalSchema = z.enum(refusals);
export type Refusal = (typeof refusals)[number];

const regionFields = {
  region: z.string(),
  estimate: estimateSchema,
  /** Backends of the service there, and those of them that take no new client, by reason. */
  backends: z.int(),
  unable: z.partialRecord(refusalSchema, z.int()),
  /** Where its traffic has been moved, but for the percent that it still takes; `null` where it has not been. */
  failover: z
    .object({ percent: z.number(), targets: z.array(z.string()) })
    .nullable()
    .default(null),
};

const candidateSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("candidate"),
    ...regionFields,
    priority: z.int(),
    /** Regions of one group are equal under the policy. */
    group: z.int(),
    availability: z.number(),
    /** The part of the plan's traffic that it gets, 0 to 1. */
    share: z.number(),
  }),
  z.object({ kind: z.literal("refused"), ...regionFields, reason: refusalSchema }),
]);
/** A region: how it stands in the plan, or why it does not. */
export type Candidate = z.infer<typeof candidateSchema>;

const drawnSchema = z.object({ backend: z.string(), outstanding: z.number() });

const basisSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("bound") }),
  z.object({ kind: z.literal("draw") }),
  z.object({ kind: z.literal("key"), of: z.enum(["client-address", "path", "header"]) }),
  z.object({ kind: z.literal("turn"), turn: z.int() }),
  z.object({ kind: z.literal("outstanding"), drawn: z.array(drawnSchema).readonly() }),
]);

const decisionSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("chosen"),
    region: z.string(),
    backend: z.string(),
    reason: z.enum(["policy", "affinity", "canary"]),
    basis: basisSchema,
  }),
  z.object({ kind: z.literal("none-healthy"), closed: z.boolean() }),
  z.object({
    kind: z.literal("refused"),
    reason: z.enum(["no-permitted-region", "unknown-place"]),
    detail: z.string(),
  }),
  z.object({ kind: z.literal("blocked"), cidr: z.string() }),
  z.object({ kind: z.literal("no-service") }),
  /** The request ended before a decision. */
  z.object({ kind: z.literal("not-reached") }),
]);
export type DecisionTaken = z.infer<typeof decisionSchema>;

const planSchema = z.object({
  /** Index into `permitted`. */
  permittedSet: z.int(),
  track: z.enum(["stable", "canary"]),
  /** Whose word on health counted. */
  trust: z.enum(["everyone", "table", "nobody"]),
  tiers: z.array(z.object({ priority: z.int(), load: z.number(), panic: z.boolean() })),
});

const trySchema = z.object({
  region: z.string(),
  backend: z.string(),
  ms: z.number(),
  /** `null` for the try that answered. */
  error: z.enum(["connect", "timeout", "reset", "gateway", "server-error"]).nullable(),
  /** `null` where no response came. */
  status: z.int().nullable(),
});

/** What the shield held a request by; the outcome says how. */
const heldSchema = z.discriminatedUnion("kind", [
  /** A level that a person has set. */
  z.object({ kind: z.literal("by-hand") }),
  z.object({ kind: z.literal("attack"), attack: z.string() }),
  z.object({ kind: z.literal("limit"), limit: z.string() }),
  /** Its client had so many in progress at this isolate. */
  z.object({ kind: z.literal("too-many-waiting"), most: z.int() }),
  z.object({ kind: z.literal("challenge-failed"), reason: z.string() }),
]);
export type Held = z.infer<typeof heldSchema>;

const courseSchema = z.object({
  outcome: z.string(),
  /** The policy that did not let it pass. */
  limit: z.string().optional(),
  held: heldSchema.optional(),
  /** The class of a request that was shed, and what there was no room in at the chosen backend. */
  shed: z
    .object({
      priority: z.enum(priorityClasses),
      shortage: z.enum(["backend", "backend-concurrency", "class-concurrency", "class-rate"]),
    })
    .optional(),
  status: z.int(),
  /** Each one but the first is there because of the error of the one before. */
  tries: z.array(trySchema),
  gaveUp: z.string().nullable(),
  hedges: z.int(),
  /** From the arrival of the request until the headers of its response. */
  totalMs: z.number(),
  /** The part of it in which the backend that answered was waited for. */
  backendMs: z.number().nullable(),
});
/** What became of a request. Times in milliseconds. */
export type Course = z.infer<typeof courseSchema>;

/**
 * Why a request goes where it goes, and what it meets before: every step up to the choice with the numbers it rested on, each region of the table
 * once. The path is without its query, and no header has a place here, so that no credential can get in. The client is
 * named by its network, /24 or /48: that is enough to tell whom a rule concerns, and no person, wherever the text of an
 * explanation is pasted.
 */
export const explanationSchema = z.object({
  /** `null` for a request that was only asked about. */
  requestId: z.string().nullable(),
  /** Of the decision, Unix milliseconds. */
  at: z.number(),
  /** `null` where there was no table yet. */
  epoch: z.int().nullable(),
  /** Whether the edge could not reach the table and went on with the last one. */
  stale: z.boolean(),
  request: z.object({
    method: z.string(),
    host: z.string(),
    path: z.string(),
    client: z.string(),
    place: placeSchema,
  }),
  screening: screeningSchema,
  service: z
    .object({
      id: z.string(),
      policy: z.string(),
      residency: z.enum(["none", "preferred", "required"]),
      /** What its requests stick by: `none`, `cookie`, `client-address`, `path`, `header x-user`. */
      stickiness: z.string(),
    })
    .nullable(),
  jurisdiction: z.string().nullable(),
  /** The permitted regions: a later set is used when nobody in the earlier ones is healthy. */
  permitted: z.array(z.array(z.string())),
  plan: planSchema.nullable(),
  candidates: z.array(candidateSchema),
  /** `null` where it ended before the shield looked at it, or a version wrote it down that did not tell. */
  shield: shieldSchema.nullable().default(null),
  /** In [0, 1). */
  draw: z.number(),
  /** The backend that the client's cookie names. */
  bound: z.string().nullable(),
  decision: decisionSchema,
  /** `null` for a request that was only asked about. */
  course: courseSchema.nullable(),
});
export type Explanation = z.infer<typeof explanationSchema>;
