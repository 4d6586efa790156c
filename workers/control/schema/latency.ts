import { z } from "zod";
import { latencySourceSchema } from "../../../src/table/latency-row.ts";
import { regionIdSchema } from "../../../src/table/region.ts";
import { pageQuerySchema } from "./page.ts";

export const latencyQuerySchema = pageQuerySchema.extend({
  source: latencySourceSchema.optional(),
  target: regionIdSchema.optional(),
});

/** Median round trips in milliseconds from a source to regions. */
export const latencyEntrySchema = z
  .strictObject({
    source: z.string(),
    targets: z.record(z.string(), z.number()),
  })
  .meta({ id: "LatencyEntry" });
export type LatencyEntry = z.infer<typeof latencyEntrySchema>;
