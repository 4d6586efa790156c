import { z } from "zod";
import { defenceLevels } from "./defence.ts";

/** How a client proves that it is worth being served. */
const challengeSchema = z.discriminatedUnion("kind", [
  /** A puzzle that a browser solves by itself: a SHA-256 that begins with so many zero bits. */
  z.strictObject({ kind: z.literal("proof-of-work"), bits: z.int().min(1).max(24).default(16) }),
  /** Cloudflare Turnstile; its secret is `TURNSTILE_SECRET`. */
  z.strictObject({ kind: z.literal("turnstile"), siteKey: z.string().min(1).max(100) }),
]);

/** What is done about attacks on a service. */
export const mitigationSchema = z.strictObject({
  /** `auto`: what the attack asks for, up to `most`. A level: that one, whatever is seen, on all of its requests. */
  mode: z.enum(["auto", ...defenceLevels]).default("auto"),
  most: z.enum(defenceLevels).default("block"),
  challenge: challengeSchema.prefault({ kind: "proof-of-work" }),
  /** Who has met a challenge is not asked again for so long. */
  clearanceSeconds: z.int().min(10).max(86_400).default(1800),
});
export type Mitigation = z.infer<typeof mitigationSchema>;
