import { z } from "zod";
import { type Expectation, usualAt } from "./expectation.ts";
import { learnLevel, levelSchema, newLevel, partOf } from "./level.ts";
import { leastNoiseOf } from "./noise.ts";

/** The level that is compared with the usual one follows the series by half in so many observations. */
const LEVEL_PART = partOf(20);
/** How far off levels usually are is remembered for about a day of seconds; the day's own mistakes belong to it. */
const SCALE_PART = partOf(20_000);
/** Levels so many times farther off than they usually are have risen, or fallen, too far. */
const OUT = 8;
/** What teaches how far is usual is cut off here. */
const CLIP = 4;
/** So many observations with a season have to be known. */
const LEAST_AGE = 200;
/** No level is taken to be off by less than this part of the usual one. */
const LEAST_DISTANCE = 0.02;

/**
 * How far the level is from what the day says by itself. What rises so slowly that each step of it is expected after
 * the last is caught here: the shape of a day does not follow it.
 */
export const riseSchema = z.object({ level: levelSchema, scale: levelSchema, offset: levelSchema });
export type Rise = z.infer<typeof riseSchema>;

export const newRise = (): Rise => ({ level: newLevel(), scale: newLevel(), offset: newLevel() });

/** Where the level stands against the day. */
export interface Standing {
  /** What the day says, in the unit of the series. */
  readonly usual: number;
  /** The level, smoothed. */
  readonly level: number;
  /** How far apart they are, in mean distances. */
  readonly distances: number;
  readonly isOut: boolean;
}

/** `null` until the day is known. */
export function measureRise(rise: Rise, expectation: Expectation, at: number, value: number): Standing | null {
  learnLevel(rise.level, value, LEVEL_PART);
  const day = usualAt(expectation, at);
  if (day === null || rise.scale.weight < LEAST_AGE) return null;
  const level = rise.level.mean;
  const usual = day + rise.offset.mean;
  const distances = (level - usual) / Math.max(LEAST_DISTANCE * Math.abs(day), rise.scale.mean, leastNoiseOf(day));
  return { usual, level, distances, isOut: Math.abs(distances) >= OUT };
}

export function learnRise(rise: Rise, expectation: Expectation, at: number): void {
  const usual = usualAt(expectation, at);
  if (usual === null) return;
  const distance = rise.level.mean - usual;
  learnLevel(rise.offset, distance, SCALE_PART);
  const off = Math.abs(distance - rise.offset.mean);
  const bound = rise.scale.weight < LEAST_AGE ? off : CLIP * rise.scale.mean;
  learnLevel(rise.scale, Math.min(off, bound), SCALE_PART);
}

/** A step was accepted: what the level is now is no longer off. */
export function settleRise(rise: Rise, expectation: Expectation, at: number): void {
  const usual = usualAt(expectation, at);
  if (usual !== null) rise.offset = { mean: rise.level.mean - usual, weight: rise.offset.weight };
}
