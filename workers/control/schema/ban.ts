import { z } from "zod";
import { clientRates } from "./attack.ts";
import { timeSchema } from "./field.ts";
import { pageQuerySchema } from "./page.ts";

/** What an address or a network did, so that it may be banned. Rates are requests a second. */
export const evidenceReplySchema = z
  .discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("attack"),
      /** `shield/attacks/{id}`. */
      attack: z.string(),
      service: z.string(),
      /** When the attack began, and when this was seen of it. */
      since: timeSchema,
      at: timeSchema,
      ...clientRates,
      /** Its part of what was too much, 0 to 1. */
      shareOfExcess: z.number(),
      /** Clients of a network that took part; 1 for an address. */
      clients: z.int(),
    }),
    z.strictObject({
      kind: z.literal("breach"),
      /** `shield/policies/{id}`. */
      limit: z.string(),
      since: timeSchema,
      at: timeSchema,
      /** For how long it was over the limit. */
      seconds: z.number(),
      offered: z.number(),
      allowed: z.number(),
    }),
  ])
  .meta({ id: "Evidence" });
export type EvidenceReply = z.infer<typeof evidenceReplySchema>;

/** A ban that the shield has decided. */
export const banReplySchema = z
  .strictObject({
    id: z.string(),
    cidr: z.string(),
    reason: z.string(),
    /** From the time of the decision: what the blacklist refuses of it since is counted for nobody by name. */
    evidence: evidenceReplySchema,
    /** Which one it is on the record of this address; 1 is the first. */
    offence: z.int(),
    /** `shield`, or the person who confirmed a proposal. */
    by: z.string(),
    decidedAt: timeSchema,
    expiresAt: timeSchema,
    /** Good clients that it touches, by the sample. */
    touches: z.number(),
    state: z.enum(["deciding", "in-force", "refused", "lifted", "expired"]),
    /** When it came to that; `null` while it is being decided. */
    stateAt: timeSchema.nullable(),
    /** Who lifted it, or why the table did not take it. */
    stateDetail: z.string().nullable(),
  })
  .meta({ id: "Ban" });
export type BanReply = z.infer<typeof banReplySchema>;

/** The same in a list. */
export const listedBanSchema = banReplySchema
  .extend({
    /** The network of the allowlist by which it is let in all the same; `null` where none does. */
    allowlistedBy: z.string().nullable(),
  })
  .meta({ id: "ListedBan" });
export type ListedBan = z.infer<typeof listedBanSchema>;

/** The record of an address or a network, and what follows from it. */
const standingReplySchema = z
  .strictObject({
    /** Offences that are not forgotten yet, and when the next of them is. */
    offences: z.int(),
    forgetsAt: timeSchema.nullable(),
    /** What began until then is not held against it, as somebody has lifted a ban. */
    forgivenUntil: timeSchema.nullable(),
    /** How long the next offence is banned: as things are, and where the ban were lifted now. */
    nextSeconds: z.number(),
    nextSecondsIfLifted: z.number(),
    /** What happens next, in words. */
    next: z.string(),
  })
  .meta({ id: "Standing" });

/** All that is known of an address or a network as far as bans go. */
export const bannedReplySchema = z
  .strictObject({
    cidr: z.string(),
    /** Its entry on the blacklist, whoever made it; `null` where there is none. */
    entry: z.strictObject({ reason: z.string(), createdAt: timeSchema, expiresAt: timeSchema.nullable() }).nullable(),
    /** Who made that entry: the shield, or people. */
    madeBy: z.enum(["shield", "people"]).nullable(),
    /** Wider networks of the blacklist that hold it, the widest first. */
    coveredBy: z.array(z.string()),
    /** The network of the allowlist by which it is let in all the same; `null` where none does. */
    allowlistedBy: z.string().nullable(),
    /** The verified bot that has it, and by which network; `null` where none does. The shield never bans one. */
    verifiedBot: z.strictObject({ name: z.string(), cidr: z.string() }).nullable(),
    standing: standingReplySchema,
    /** The ban that stands, or else the last there was. */
    ban: z.union([banReplySchema, z.null()]),
    /** What happens when its entry is taken off the blacklist now, a sentence each. */
    ifLifted: z.array(z.string()),
  })
  .meta({ id: "Banned" });
export type BannedReply = z.infer<typeof bannedReplySchema>;

export const banQuerySchema = pageQuerySchema.extend({
  /** `standing`: those that are being put in force, or are. */
  state: z.enum(["standing", "all"]).default("standing"),
});

/** A ban that would touch too many good clients, so that a person is asked. */
export const proposalReplySchema = z
  .strictObject({
    id: z.string(),
    cidr: z.string(),
    reason: z.string(),
    /** Why it was not banned. */
    objection: z.string(),
    evidence: evidenceReplySchema,
    /** Good clients that it would touch, with the bans in force, and how many may be. */
    touches: z.number(),
    wouldTouch: z.number(),
    mayTouch: z.number(),
    /** For how long it would be banned. */
    seconds: z.number(),
    madeAt: timeSchema,
    /** `overtaken`: a ban of it, or of a network around it, was made without an answer. */
    state: z.enum(["open", "confirmed", "dismissed", "overtaken", "lapsed"]),
    settledAt: timeSchema.nullable(),
    /** Who answered; of one that was overtaken, who made the ban: `shield`, a person, or `people` for the blacklist. */
    settledBy: z.string().nullable(),
    /** What became of it and by whom, in words; `null` while it is open. */
    settlement: z.string().nullable(),
    /** The ban that it became, or that overtook it. */
    ban: z.string().nullable(),
    /** Of one that is open: whether the attack that it is of is over; `null` where it is of none. */
    isAttackOver: z.boolean().nullable(),
  })
  .meta({ id: "Proposal" });
export type ProposalReply = z.infer<typeof proposalReplySchema>;

export const confirmQuerySchema = z.strictObject({
  /** Even if it holds your own address. */
  force: z.enum(["true", "false"]).default("false"),
});
export type ConfirmQuery = z.infer<typeof confirmQuerySchema>;
