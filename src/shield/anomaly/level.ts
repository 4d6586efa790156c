import { z } from "zod";

/** A mean of what was seen, in which what is old counts less and less. Changed in place, as all of a detector's state. */
export const levelSchema = z.object({ mean: z.number(), weight: z.number().nonnegative() });
export type Level = z.infer<typeof levelSchema>;

export const newLevel = (): Level => ({ mean: 0, weight: 0 });

/** `part` in (0, 1]: what the newest counts for once there are enough; the first ones count alike. */
export function learnLevel(level: Level, value: number, part: number): void {
  level.weight += 1;
  level.mean += Math.max(part, 1 / level.weight) * (value - level.mean);
  // Beyond this the first argument of `max` decides; a weight that grew for ever would only lose digits.
  level.weight = Math.min(level.weight, 2 / part);
}

/** The part for which what is `halfLife` observations old counts half. */
export const partOf = (halfLife: number): number => 1 - 2 ** (-1 / halfLife);
