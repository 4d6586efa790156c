import { z } from "zod";

/** An entry of a list of addresses; its id is the canonical CIDR. Times are Unix milliseconds. */
export const addressRuleSchema = z.strictObject({
  reason: z.string().min(1).max(500),
  createdAt: z.int().min(0),
  /** Past this time the entry has no effect; `null` never ends. */
  expiresAt: z.int().min(0).nullable(),
  /** The record of the shield that made it, where it was the shield. */
  ban: z.string().min(1).max(64).optional(),
});
export type AddressRule = z.infer<typeof addressRuleSchema>;

/** A network of a bot that somebody has verified. It protects while it is there; the shield makes none. */
export const botRuleSchema = addressRuleSchema.omit({ ban: true }).extend({
  /** Whose it is, such as `Googlebot`. */
  name: z.string().min(1).max(100),
});
export type BotRule = z.infer<typeof botRuleSchema>;

export const isInForce = ({ expiresAt }: AddressRule, now: number): boolean => expiresAt === null || expiresAt > now;

export const MAX_ADDRESS_RULES = 100_000;
/** All crawlers that publish their ranges have some thousand networks together. */
export const MAX_BOT_RULES = 10_000;
export const DEFAULT_BLACKLIST_TTL_SECONDS = 3600;
export const MAX_TTL_SECONDS = 31_536_000;
