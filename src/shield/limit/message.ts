import { z } from "zod";
import { LEASE_LIFE_MS } from "./loan.ts";
import { bucketSpecSchema } from "./spec.ts";

/** Tokens of one message; what comes from a newer version and is larger is refused as a whole. */
const tokensSchema = z.int().min(0).max(1_000_000_000);

/** An edge asks the owner of a bucket for tokens. */
export const askSchema = z.object({
  /** The isolate. */
  edge: z.string().min(1).max(32),
  /** Goes up with each ask of an edge, so that none counts twice. */
  sequence: z.int().min(1),
  spec: bucketSpecSchema,
  /** Tokens a second that its clients asked for, whether they got them or not. */
  demand: z.number().min(0).max(1e12),
  /** The dearest request that found too little: less is of no use. */
  need: tokensSchema,
  /** Of all requests that wait for the answer. */
  waiting: tokensSchema,
  /** Tokens that it has and has not spent. */
  held: tokensSchema,
  /** Tokens that it had and gives back. */
  returned: tokensSchema,
  /** Tokens that it let pass on its own account before it first asked. */
  ahead: tokensSchema,
  /** How long the tokens should last. */
  spanMs: z.number().min(0).max(60_000),
  /** Whom to report when it is over the limit for so long; `null`: nobody. */
  ban: z
    .object({ limit: z.string().min(1).max(63), client: z.string().min(1).max(64), afterSeconds: z.int().min(1) })
    .nullable()
    .default(null),
});
export type Ask = z.infer<typeof askSchema>;
export type BanRequest = NonNullable<Ask["ban"]>;

/** What the owner lends. */
export const grantSchema = z.object({
  /** Of the ask that it answers. */
  sequence: z.int(),
  tokens: tokensSchema,
  /** Of all that the edge then has, so many may be spent at once, and the rest by the pace. */
  atOnce: tokensSchema,
  /** Tokens a second; `null` where demand is below the limit, and nothing need be held back. */
  pace: z.number().min(0).nullable(),
  /** Edges that ask for this key. */
  edges: z.int().min(1),
  /** More edges ask than tokens are lent to: this one is to spend by the pace, and say what it spent when it asks again. */
  crowded: z.boolean().default(false),
  /** What the edge then has runs out so long after this ask. */
  lifeMs: z.number().min(0).max(60_000).default(LEASE_LIFE_MS),
  /** When to ask again, from the answer on. */
  refreshMs: z.number().min(0).max(60_000),
  /** Until there is what was needed; 0 when it was granted. */
  retryAfterMs: z.number().min(0),
});
export type Grant = z.infer<typeof grantSchema>;
