import { z } from "zod";
import { regionIdSchema } from "./region.ts";

/** A source of measured round trips: a region (`us-east-1`), or a Cloudflare colo (`colo:FRA`). */
export const latencySourceSchema = z
  .string()
  .regex(/^([a-z0-9][a-z0-9-]{0,62}|colo:[A-Z]{3})$/, "expected a region id, or colo: and three capitals");

export const MAX_LATENCY_ROWS = 2000;

/** Median round trips in milliseconds from one source to regions. */
export const latencyRowSchema = z.record(regionIdSchema, z.number().gt(0).max(60_000));
export type LatencyRow = z.infer<typeof latencyRowSchema>;
