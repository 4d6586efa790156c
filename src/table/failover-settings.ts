import { z } from "zod";

/** When a region fails over. `null` turns a trigger off. */
export const failoverSettingsSchema = z.strictObject({
  /** Whether a trigger starts a failover, or only marks the region failed. */
  automatic: z.boolean().default(true),
  /** Failed checks in a row of every backend. Three make a verdict; each one more takes another interval of checks. */
  checks: z.int().min(3).max(60).nullable().default(3),
  /** The 95th percentile of the time to the response headers, as the edges see it, and how long it is above. */
  latencyMs: z.int().min(10).max(60_000).nullable().default(500),
  latencySeconds: z.int().min(10).max(3600).default(120),
  /** Of the requests that the edges sent there: no answer, or a status of 500 or more. And for how long. */
  errorPercent: z.number().gt(0).max(100).nullable().default(5),
  errorSeconds: z.int().min(10).max(3600).default(60),
  /** Fewer requests in the last 20 s than these tell nothing of latency or errors. */
  minRequests: z.int().min(1).max(1_000_000).default(50),
});
export type FailoverSettings = z.infer<typeof failoverSettingsSchema>;
