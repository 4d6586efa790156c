import { z } from "zod";
import { rateLimitIdSchema, rateLimitSchema } from "../../../src/table/rate-limit.ts";
import { MAX_TRACES_REPLAYED, tracesQuerySchema } from "./explanation.ts";
import { timeSchema } from "./field.ts";

/** A policy to be tried on recorded traffic: one that is proposed, or by its id one that there is. */
export const dryRunRequestSchema = z
  .strictObject({
    /** As one that there is is shown, too: its id says nothing here. */
    policy: rateLimitSchema.extend({ id: rateLimitIdSchema.optional() }).optional(),
    id: rateLimitIdSchema.optional(),
    colo: tracesQuerySchema.shape.colo,
    /** Recorded requests, the newest. */
    limit: z.int().min(1).max(MAX_TRACES_REPLAYED).default(MAX_TRACES_REPLAYED),
  })
  .refine(({ policy, id }) => (policy === undefined) !== (id === undefined), {
    path: ["policy"],
    error: "expected a policy, or the id of one",
  });

export const dryRunSchema = z
  .strictObject({
    epoch: z.int(),
    policy: z.strictObject(rateLimitSchema.shape),
    sample: z.strictObject({
      /** Requests that were recorded by chance and are looked at. All other counts are of these too. */
      requests: z.int(),
      /** Of the oldest and the newest; `null` where there are none. */
      from: timeSchema.nullable(),
      to: timeSchema.nullable(),
      /** The percent that is recorded of the requests of each service that has some here. */
      tracePercent: z.record(z.string(), z.number()),
      colos: z.array(z.string()),
      omittedColos: z.int(),
    }),
    matched: z.int(),
    /** Requests that match and of whose key a part is not recorded: nothing is known of their buckets. */
    unkeyed: z.int(),
    keys: z.int(),
    limitedKeys: z.int(),
    limited: z.int(),
    /** Requests that stand behind those that matched, and those that would have been limited. */
    estimated: z.strictObject({ matched: z.number(), limited: z.number() }),
    /** Who would have been limited, the most first. */
    items: z.array(
      z.strictObject({
        /** Clients are named by their networks, /24 or /48, so that two keys may read the same. */
        key: z.string(),
        requests: z.int(),
        limited: z.int(),
        firstAt: timeSchema,
        /** The second in which most were limited. */
        worst: z.strictObject({ at: timeSchema, requests: z.int(), limited: z.int() }),
      }),
    ),
    /** What is to be kept in mind of these numbers. */
    notes: z.array(z.string()),
  })
  .meta({ id: "DryRun" });
export type DryRunReply = z.infer<typeof dryRunSchema>;
