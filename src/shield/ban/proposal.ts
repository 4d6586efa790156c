import { z } from "zod";
import { banIdSchema } from "./ban.ts";
import { evidenceSchema } from "./evidence.ts";

/** A ban that would touch too many good clients: a person is asked. Until then its clients are challenged at most. */
export const proposalSchema = z.object({
  id: z.string().regex(/^[a-z0-9-]{1,64}$/),
  cidr: z.string().min(1).max(60),
  /** Why it would be banned, in words, and why it was not. */
  reason: z.string().min(1).max(500),
  objection: z.string().min(1).max(500),
  evidence: evidenceSchema,
  /** Good clients that it and the bans in force would touch, and how many may be. */
  touches: z.number().min(0),
  wouldTouch: z.number().min(0),
  mayTouch: z.number().min(0),
  /** For how long it would be banned. */
  seconds: z.number().min(0),
  madeAt: z.number(),
  state: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("open") }),
    z.object({ kind: z.literal("confirmed"), at: z.number(), by: z.string().max(200), ban: banIdSchema }),
    z.object({ kind: z.literal("dismissed"), at: z.number(), by: z.string().max(200) }),
    /** Without an answer, a ban was made of this network or of one around it: see `Cover`. */
    z.object({
      kind: z.literal("overtaken"),
      at: z.number(),
      by: z.string().max(200),
      cidr: z.string().max(60),
      ban: z.string().max(64).nullable(),
    }),
    /** Nobody answered in time. */
    z.object({ kind: z.literal("lapsed"), at: z.number() }),
  ]),
});
export type Proposal = z.infer<typeof proposalSchema>;
