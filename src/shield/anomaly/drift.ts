import { z } from "zod";
import { clip, SIGMA_BY_MEAN } from "./deviation.ts";
import { learnLevel, levelSchema, newLevel, partOf } from "./level.ts";
import { leastNoiseOf } from "./noise.ts";

/** The level that is compared follows the series by half in so many observations; */
const SHORT_PART = partOf(20);
/** the one that it is compared with is a mean of so many. */
const LONG_PART = 1 / 5000;
/** One observation is no farther off than so many standard deviations, */
const FARTHEST = 10;
/** and teaches no more than this. */
const CLIP = 6;

/**
 * Where the series has been of late among all that it was, whatever was expected of it: what has crept away, step by step,
 * is far from there. `spread` is a mean absolute deviation, in the unit of the series.
 */
export const driftSchema = z.object({ long: levelSchema, spread: levelSchema, short: levelSchema });
export type Drift = z.infer<typeof driftSchema>;

export const newDrift = (): Drift => ({ long: newLevel(), spread: newLevel(), short: newLevel() });

/** How far off the short level is, in standard deviations of single observations. */
export function measureDrift(drift: Drift, value: number): number {
  if (drift.long.weight > 0)
    learnLevel(drift.short, clip((value - drift.long.mean) / sigmaOf(drift), FARTHEST), SHORT_PART);
  return drift.short.mean;
}

export function learnDrift(drift: Drift, value: number, isYoung: boolean): void {
  const { long, spread } = drift;
  const off = isYoung ? value - long.mean : clip((value - long.mean) / sigmaOf(drift), CLIP) * sigmaOf(drift);
  if (long.weight > 0) learnLevel(spread, Math.abs(off), LONG_PART);
  learnLevel(long, long.mean + off, LONG_PART);
}

/** Begins anew from a level. */
export function settleDrift(drift: Drift, value: number): void {
  drift.long.mean = value;
  drift.short = newLevel();
}

const sigmaOf = ({ long, spread }: Drift): number => Math.max(leastNoiseOf(long.mean), SIGMA_BY_MEAN * spread.mean);
