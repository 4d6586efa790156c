import { z } from "zod";
import { backendSchema } from "../table/backend.ts";
import { regionIdSchema } from "../table/region.ts";

/** Targets of one request to a node. */
export const MAX_PROBE_TARGETS = 32;
/** Requests to one target, without those that open a connection. */
export const MAX_PROBE_COUNT = 20;
/** How long one request may take. The longest way around the Earth takes some 400 ms. */
export const DEFAULT_PROBE_TIMEOUT_MS = 1000;
const MAX_PROBE_TIMEOUT_MS = 5000;
const MAX_ERROR_CHARS = 200;

/** What a node is asked: to measure the round trips to others. */
export const probeRequestSchema = z.strictObject({
  /** Sent along as `X-Novacron-Colo`, the place from which the targets are asked, so that drills can simulate distance. */
  colo: z
    .string()
    .regex(/^[A-Z]{3}$/, "expected three capitals")
    .optional(),
  targets: z
    .array(
      z.strictObject({
        region: regionIdSchema,
        /** An origin. */
        url: backendSchema.shape.url,
        healthPath: backendSchema.shape.healthPath,
      }),
    )
    .min(1)
    .max(MAX_PROBE_TARGETS),
  count: z.int().min(1).max(MAX_PROBE_COUNT),
  timeoutMs: z.int().min(1).max(MAX_PROBE_TIMEOUT_MS).default(DEFAULT_PROBE_TIMEOUT_MS),
});
export type ProbeRequest = z.infer<typeof probeRequestSchema>;
export type ProbeTarget = ProbeRequest["targets"][number];

const probeResultSchema = z.object({
  region: regionIdSchema,
  /** Round trips in milliseconds, without the time that the target has taken itself; in the order of the requests. */
  samples: z.array(z.number().gt(0).max(MAX_PROBE_TIMEOUT_MS)).max(MAX_PROBE_COUNT),
  lost: z.int().min(0).max(MAX_PROBE_COUNT),
  /** Why the last one was lost. */
  error: z.string().max(MAX_ERROR_CHARS).optional(),
});
export type ProbeResult = z.infer<typeof probeResultSchema>;

/** What it answers, in the order of the targets. */
export const probeReplySchema = z.object({ results: z.array(probeResultSchema).max(MAX_PROBE_TARGETS) });
export type ProbeReply = z.infer<typeof probeReplySchema>;
