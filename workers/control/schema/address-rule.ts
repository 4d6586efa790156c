import { z } from "zod";
import { MAX_TTL_SECONDS } from "../../../src/table/address-rule.ts";
import { canonicalCidrSchema, clientsSchema } from "../../../src/table/cidr.ts";
import { banReplySchema } from "./ban.ts";
import { timeSchema } from "./field.ts";
import { writtenWarningsSchema } from "./table-warning.ts";

/** What an entry of the allowlist exempts from, and what not. */
export const meaningOfAllowlist =
  "Who is on the allowlist is never banned by the shield, and let in whatever the blacklist says, past challenges, blocks and limits against attacks, and with any number of requests in progress. Rate limits (shield policies) hold all the same.";

/** What an entry of the bots exempts from, and what not. */
export const meaningOfBots =
  "A verified bot is never banned by the shield, whose bans of it are lifted, and never challenged, as it cannot solve anything; nor does the shield block it as a part of an attack. It is still limited: by rate limits (shield policies), of which those that challenge refuse it with 429, by how many requests it may have in progress, and where others are challenged, limited or blocked by what an attack looks like, to the share of a client that has met a challenge. What people set holds for it as for all: entries of the blacklist, which need force, and the level block of a service by hand. Enter only ranges that their operator publishes.";

/** An entry to be made on the blacklist or the allowlist. */
export const newAddressRuleSchema = z
  .strictObject({
    /** A v6 address alone is its /64, which is one client; it is one address only where /128 is written. */
    cidr: clientsSchema,
    reason: z.string().trim().min(1).max(500),
    /** Without it the list's own default holds: an hour on the blacklist, no end elsewhere. */
    ttlSeconds: z.int().min(1).max(MAX_TTL_SECONDS).optional(),
  })
  .meta({ id: "NewAddressRule" });

/** The same on the blacklist, where some networks are refused unless it is meant. */
export const newBlacklistRuleSchema = newAddressRuleSchema
  .extend({
    /** Even if it holds your own address or a verified bot, or is very wide. */
    force: z.boolean().default(false),
  })
  .meta({ id: "NewBlacklistRule" });
export type NewBlacklistRule = z.input<typeof newBlacklistRuleSchema>;

/** The same of a verified bot. */
export const newBotRuleSchema = newAddressRuleSchema
  .extend({
    /** Whose it is, such as `Googlebot`. */
    name: z.string().trim().min(1).max(100),
  })
  .meta({ id: "NewBotRule" });

/** An entry of a list of addresses. */
export const addressRuleEntrySchema = z
  .strictObject({
    cidr: canonicalCidrSchema,
    /** Of a verified bot: whose it is. */
    name: z.string().optional(),
    reason: z.string(),
    createdAt: timeSchema,
    /** `null` never ends. */
    expiresAt: timeSchema.nullable(),
    /** From `createdAt` to `expiresAt`. */
    ttlSeconds: z.number().nullable(),
    /** The ban of the shield that it is: `shield/bans`. Not there where people made it. */
    ban: z.string().optional(),
  })
  .meta({ id: "AddressRule" });
export type AddressRuleEntry = z.infer<typeof addressRuleEntrySchema>;

/** Clients that were served well in the last week, by a sample, and those of them that a network holds. */
const goodClientsSchema = z.strictObject({ held: z.int(), known: z.int() }).meta({ id: "GoodClients" });
export type GoodClients = z.infer<typeof goodClientsSchema>;

/** An entry among the others of its list, and what is behind it. What there is nothing of is not there. */
export const addressRuleDetailSchema = addressRuleEntrySchema
  .extend({
    /** Wider networks of the list that hold it, the widest first. */
    coveredBy: z.array(z.string()).optional(),
    /** Narrower ones that it holds: how many, and the first of them. */
    covers: z.strictObject({ count: z.int(), first: z.array(z.string()) }).optional(),
    /** Of the blacklist: the network of the allowlist by which it is let in all the same. */
    allowlistedBy: z.string().optional(),
    /** Of the blacklist: the good clients whom it bans; `null` where that is not known. */
    goodClients: z.union([goodClientsSchema, z.null()]).optional(),
    /** The ban with its evidence, where the shield made it; `null` where the shield cannot be asked, or has forgotten it. */
    evidence: z.union([banReplySchema, z.null()]).optional(),
    /** The ban of the shield that was there until now. */
    replaced: z.string().optional(),
    /** What the entry was that was made anew, whoever had made it. */
    before: z.strictObject({ reason: z.string(), expiresAt: timeSchema.nullable() }).optional(),
    /** Of what was written: what speaks against it, and has refused nothing. */
    warnings: writtenWarningsSchema,
  })
  .meta({ id: "AddressRuleDetail" });
export type AddressRuleDetail = z.infer<typeof addressRuleDetailSchema>;

/** An entry that is gone, where there is more to be said. */
export const addressRemovalSchema = z
  .strictObject({
    cidr: z.string(),
    /** Wider networks of the list that hold it still, the widest first. */
    coveredBy: z.array(z.string()),
    /** The ban of the shield that was lifted by that. */
    lifted: z.string().nullable(),
    /** What happens next, a sentence each. */
    notes: z.array(z.string()),
  })
  .meta({ id: "AddressRemoval" });
export type AddressRemoval = z.infer<typeof addressRemovalSchema>;
