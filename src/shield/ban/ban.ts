import { z } from "zod";
import { evidenceSchema } from "./evidence.ts";

export const banIdSchema = z.string().regex(/^[a-z0-9-]{1,64}$/);

/** A ban from the decision on. Ids are in the order of time. Times are Unix milliseconds. */
export const banSchema = z.object({
  id: banIdSchema,
  /** Canonical: a v4 /32 or /24, a v6 /64 or /48. */
  cidr: z.string().min(1).max(60),
  /** In words, as the blacklist has it. */
  reason: z.string().min(1).max(500),
  evidence: evidenceSchema,
  /** Which one it is on the record of this address, after what was forgotten; 1 is the first. */
  offence: z.int().min(1),
  /** `shield`, or the person who confirmed a proposal. */
  by: z.string().min(1).max(200),
  decidedAt: z.number(),
  expiresAt: z.number(),
  /** Good clients that it touches, by the sample. */
  touches: z.number().min(0),
  /** What has become of it at the table. A ban is `over` when it was lifted or has expired. */
  state: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("deciding") }),
    /** On the blacklist since this epoch; `null` where a longer entry was there already. */
    z.object({ kind: z.literal("in-force"), at: z.number(), epoch: z.number().nullable() }),
    /** The table did not take it, for this reason. */
    z.object({ kind: z.literal("refused"), at: z.number(), detail: z.string().max(500) }),
    z.object({ kind: z.literal("lifted"), at: z.number(), by: z.string().max(200) }),
    z.object({ kind: z.literal("expired"), at: z.number() }),
  ]),
});
export type Ban = z.infer<typeof banSchema>;

export const isStanding = ({ state, expiresAt }: Ban, now: number): boolean =>
  (state.kind === "deciding" || state.kind === "in-force") && expiresAt > now;
