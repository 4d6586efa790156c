import { z } from "zod";
import { regionIdSchema } from "./region.ts";

/** A round trip that was learned from one place to one region. */
export const learnedFigureSchema = z.strictObject({
  /** Milliseconds. */
  ms: z.number().gt(0).max(60_000),
  /** Standard deviation of `ms` as an estimate, not of single requests. Milliseconds. */
  deviationMs: z.number().min(0).max(60_000),
  /** The samples behind it, decayed by age. */
  samples: z.number().min(0),
  /** The newest of them, Unix milliseconds. */
  at: z.int().min(0),
});
export type LearnedFigure = z.infer<typeof learnedFigureSchema>;

export const learnedRowSchema = z.record(regionIdSchema, learnedFigureSchema);
export type LearnedRow = z.infer<typeof learnedRowSchema>;

/**
 * What the edges have learned, by place: a colo (`FRA`), an autonomous system seen at it (`FRA/AS3320`), a country
 * (`FRA/DE`). Observed, as health is: it has no history and is never rolled back.
 */
export type Learned = ReadonlyMap<string, LearnedRow>;
