import { z } from "zod";
import { backendIdSchema } from "./backend.ts";

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

/** What health checking holds to be true of a backend. Times are Unix milliseconds. */
export const verdictSchema = z.strictObject({
  status: z.enum(["up", "down"]),
  /** When the status last changed. */
  since: z.int().min(0),
  /** When it came up after having been down, from which it starts slowly; `null` when it has been up since first seen, or is down. */
  recoveredAt: z.int().min(0).nullable(),
  checkedAt: z.int().min(0),
  /** Round trip of the last successful check; `null` before the first. */
  latencyMs: z.number().min(0).nullable(),
  load: loadSchema.nullable(),
  /** Who looked: `local`, or a location hint. */
  vantage: z.string().min(1).max(50),
  /** Why, in words: `200`, `connection refused`, `timed out after 2000 ms`. */
  detail: z.string().max(300),
});
export type Verdict = z.infer<typeof verdictSchema>;

export const verdictReportSchema = z.strictObject({ backend: backendIdSchema, verdict: verdictSchema });
export type VerdictReport = z.infer<typeof verdictReportSchema>;
