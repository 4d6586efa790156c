import { z } from "zod";

/** Being told of an anomaly doubles what the next has to be, which fades by half in so many observations. */
const TOLD_KEEP = 2 ** (-1 / 50);

/** How much more than an anomaly it takes to surprise somebody who was told of one lately; 0 to 1. */
export const surpriseSchema = z.object({ told: z.number().min(0).max(1) });
export type Surprise = z.infer<typeof surpriseSchema>;

export const newSurprise = (): Surprise => ({ told: 0 });

/**
 * The score of an observation, from 0 up to but not 1: 0.5 and more is an anomaly. `rarity` and `bar`, above 0, are -ln of
 * probabilities: what was seen, and what is an anomaly while all is quiet.
 */
export function scoreOf(surprise: Surprise, rarity: number, bar: number): number {
  const times = rarity / (bar * (1 + surprise.told));
  surprise.told = times >= 1 ? 1 : surprise.told * TOLD_KEEP;
  return times / (1 + times);
}

export const isAnomaly = (score: number): boolean => score >= 0.5;
