import { z } from "zod";
import { regionIdSchema } from "./region.ts";

/** Regions among which the traffic of one is divided at most. */
export const MAX_FAILOVER_TARGETS = 8;

export const failoverIdSchema = z
  .string()
  .regex(/^[a-z0-9-]{1,64}$/, "expected lower-case letters, digits and hyphens");

export const failoverTargetSchema = z.strictObject({
  region: regionIdSchema,
  /** Its part of what is moved, among the targets that may take a client and can. */
  share: z.number().gt(0).max(1),
});
export type FailoverTarget = z.infer<typeof failoverTargetSchema>;

/**
 * What a failover does to the traffic of a region, whose id is the entry's key. Its time is Unix milliseconds.
 * It is observed, as verdicts are: it has no history and is never rolled back.
 */
export const failoverSchema = z.strictObject({
  /** Of the failover's record. */
  id: failoverIdSchema,
  phase: z.enum(["failing-over", "failed-over", "failing-back"]),
  /** The part of its due that the region still takes. */
  percent: z.number().min(0).max(100),
  targets: z.array(failoverTargetSchema).min(1).max(MAX_FAILOVER_TARGETS),
  /** When the phase began. */
  since: z.int().min(0),
});
export type Failover = z.infer<typeof failoverSchema>;

/** By region. A region without one is routed to as the policies say. */
export type Failovers = ReadonlyMap<string, Failover>;
