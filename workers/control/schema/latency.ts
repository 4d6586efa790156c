import { z } from "zod";
import { MAX_PROBE_COUNT } from "../../../src/latency-matrix/probe-message.ts";
import { latencySourceSchema } from "../../../src/table/latency-row.ts";
import { regionIdSchema } from "../../../src/table/region.ts";
import { pageQuerySchema } from "./page.ts";

const DEFAULT_COUNT = 5;

export const latencyQuerySchema = pageQuerySchema.extend({
  source: latencySourceSchema.optional(),
  target: regionIdSchema.optional(),
});
export type LatencyQuery = z.infer<typeof latencyQuerySchema>;

/** Which paths to measure now; without source or target those of every region. */
export const measureRequestSchema = z
  .strictObject({
    source: regionIdSchema.optional(),
    target: regionIdSchema.optional(),
    /** Requests for each pair. */
    count: z.int().min(1).max(MAX_PROBE_COUNT).default(DEFAULT_COUNT),
  })
  .refine(({ source, target }) => source === undefined || source !== target, {
    path: ["target"],
    error: "expected another region than the source",
  });
export type MeasureRequest = z.infer<typeof measureRequestSchema>;

/** What the nodes of a region have measured to another. Milliseconds, `null` where no request was answered. */
const measuredSchema = z.strictObject({
  minMs: z.number().nullable(),
  avgMs: z.number().nullable(),
  p50Ms: z.number().nullable(),
  p95Ms: z.number().nullable(),
  p99Ms: z.number().nullable(),
  /** Mean difference between successive round trips. */
  jitterMs: z.number().nullable(),
  /** The part of the requests that was lost, 0 to 1. */
  loss: z.number(),
  samples: z.int(),
  /** Of the newest sample. */
  ageSeconds: z.number(),
});
export type Measured = z.infer<typeof measuredSchema>;

/** What the edges of a colo have learned of a region, from traffic and background probes. */
const learnedSchema = z.strictObject({
  ms: z.number(),
  deviationMs: z.number(),
  /** Decayed by age. */
  samples: z.number(),
  ageSeconds: z.number(),
});
export type LearnedReply = z.infer<typeof learnedSchema>;

/** From one source to regions, by their ids. */
export const latencyEntrySchema = z
  .strictObject({
    source: z.string(),
    /** Median round trips in milliseconds as configured in the table: what routing takes where nothing is learned. */
    targets: z.record(z.string(), z.number()),
    measured: z.record(z.string(), measuredSchema),
    learned: z.record(z.string(), learnedSchema),
  })
  .meta({ id: "LatencyEntry" });
export type LatencyEntry = z.infer<typeof latencyEntrySchema>;

/** What one measurement has found, of its own requests alone. */
export const measureReplySchema = z.strictObject({
  results: z.array(
    z.strictObject({
      source: z.string(),
      target: z.string(),
      /** `null` when the source did not measure. */
      measured: measuredSchema.nullable(),
      /** Why it did not, or why its last lost request was lost. */
      error: z.string().nullable(),
    }),
  ),
});
export type MeasureReply = z.infer<typeof measureReplySchema>;
