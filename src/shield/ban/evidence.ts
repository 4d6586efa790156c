import { z } from "zod";

const idSchema = z.string().min(1).max(64);

/** Why an address or a prefix may be banned: what it had done when that was decided. Times are Unix milliseconds, rates requests a second. */
export const evidenceSchema = z.discriminatedUnion("kind", [
  /** It explains a part of an attack. */
  z.object({
    kind: z.literal("attack"),
    /** Of the attack's record. */
    attack: idSchema,
    service: idSchema,
    /** When the attack began, and when this was seen of it. */
    since: z.number(),
    at: z.number(),
    perSecond: z.number().min(0),
    usualPerSecond: z.number().min(0),
    /** Its part of what was too much, 0 to 1. */
    shareOfExcess: z.number().min(0).max(1),
    /** Clients of a prefix that took part; 1 for an address. */
    clients: z.int().min(1),
  }),
  /** It was over a rate limit for longer than the limit allows. */
  z.object({
    kind: z.literal("breach"),
    limit: idSchema,
    since: z.number(),
    at: z.number(),
    seconds: z.number().min(0),
    offered: z.number().min(0),
    allowed: z.number().min(0),
  }),
]);
export type Evidence = z.infer<typeof evidenceSchema>;
