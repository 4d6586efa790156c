import { z } from "zod";
import { failoverTargetSchema } from "../table/failover.ts";

const loadSchema = z.object({
  /** The part of the whole traffic, 0 to 1. */
  share: z.number(),
  /** Requests in progress as a part of what its backends can carry; `null` where neither load nor rate is known. */
  use: z.number().nullable(),
});

/** Where the traffic of a region would go, and why there. */
export const failoverPlanSchema = z.object({
  from: z.string(),
  targets: z.array(failoverTargetSchema),
  /** The part of the whole traffic that is due to the region, 0 to 1. */
  moved: z.number(),
  /** The parts of that which go elsewhere by the policy, since no target may take them, and which nobody may take. */
  elsewhere: z.number(),
  stranded: z.number(),
  /** Added to the round trip of those who are moved, milliseconds, on average; `null` where nobody is. */
  addedMs: z.number().nullable(),
  regions: z.array(
    z.object({
      region: z.string(),
      /** Connections that its backends which are up can carry. */
      connections: z.int(),
      before: loadSchema,
      after: loadSchema,
    }),
  ),
  /** Every other region: what speaks for it, the less the better, or why it cannot be a target. */
  candidates: z.array(
    z.object({
      region: z.string(),
      /** Milliseconds, and what is reckoned as such. */
      score: z.number().nullable(),
      addedMs: z.number().nullable(),
      /** The part of what is moved that it may take, 0 to 1. */
      permitted: z.number().nullable(),
      /** If it took all that it may. */
      use: z.number().nullable(),
      refusal: z.string().nullable(),
    }),
  ),
});
export type FailoverPlan = z.infer<typeof failoverPlanSchema>;
export type FailoverCandidate = FailoverPlan["candidates"][number];
export type RegionLoad = FailoverPlan["regions"][number];
