import { z } from "zod";
import { MAX_KEPT_SAMPLES, type Series } from "../../src/latency-matrix/series.ts";

const seriesSchema = z.object({
  at: z.number(),
  roundTripsMs: z.array(z.number()),
  lost: z.number(),
}) satisfies z.ZodType<Series>;

export const recordSchema = z.array(seriesSchema).max(MAX_KEPT_SAMPLES);

// The series of a pair are one JSON text: they are always read and written whole, and a measurement writes one row.
export const createTable = `
  CREATE TABLE IF NOT EXISTS pair (
    source TEXT NOT NULL,
    target TEXT NOT NULL,
    measured_at INTEGER NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (source, target)
  ) WITHOUT ROWID`;
