import { z } from "zod";
import { backendIdSchema } from "./backend.ts";
import { locationHints } from "./region.ts";

const fraction = z.number().min(0).max(1);

/** A node's own account of its load, each 0 (idle) to 1 (full). */
export const loadSchema = z.object({
  cpu: fraction,
  memory: fraction,
  disk: fraction,
  network: fraction,
  inFlight: fraction,
});
export type Load = z.infer<typeof loadSchema>;

const status = z.enum(["up", "down"]);

/** How many of the vantages whose word counts say so. */
export const tallySchema = z.strictObject({
  up: z.int().min(0),
  down: z.int().min(0),
  /** `low` with fewer than three voters: then no failover without evidence from traffic. */
  confidence: z.enum(["full", "low"]),
});
export type Tally = z.infer<typeof tallySchema>;

export const noVotes: Tally = { up: 0, down: 0, confidence: "low" };

/** What health checking holds to be true of a backend: what most vantages say. Times are Unix milliseconds. */
export const verdictSchema = z.strictObject({
  status,
  /** When the status last changed. */
  since: z.int().min(0),
  /** When it came up after having been down, from which it starts slowly; `null` when it has been up since first seen, or is down. */
  recoveredAt: z.int().min(0).nullable(),
  checkedAt: z.int().min(0),
  /** Round trip of the last successful check, the median of the vantages; `null` before the first. */
  latencyMs: z.number().min(0).nullable(),
  load: loadSchema.nullable(),
  /** Whose words `detail` is: the location hint of the vantage that looked last. */
  vantage: z.string().min(1).max(50),
  /** Why, in words: `200`, `connection refused`, `timed out after 2000 ms`. */
  detail: z.string().max(300),
  votes: tallySchema.default(noVotes),
});
export type Verdict = z.infer<typeof verdictSchema>;

/** What one vantage says of a backend. */
export const voteSchema = verdictSchema.omit({ votes: true }).extend({
  vantage: z.enum(locationHints),
  /** Its last check failed, and it looks again before it says `down`: the others should look too. */
  confirming: z.boolean().default(false),
});
export type Vote = z.infer<typeof voteSchema>;

export const voteReportSchema = z.strictObject({ backend: backendIdSchema, vote: voteSchema });
export type VoteReport = z.infer<typeof voteReportSchema>;
