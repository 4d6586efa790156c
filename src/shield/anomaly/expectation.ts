import { z } from "zod";
import { learnLevel, levelSchema, newLevel, partOf } from "./level.ts";
import { learnSeason, newSeason, type Season, seasonAt, seasonSchema } from "./season.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const FAST_PART = partOf(5);
const SLOW_PART = partOf(60);
const OFFSET_PART = partOf(30);
const ERROR_PART = partOf(200);
/** A guess counts by this power of what it errs by: one that errs twice as much counts a sixty-fourth. */
const SHARPNESS = 6;
/** A guess counts in full after so many. */
const ENOUGH_GUESSES = 20;
/** Errors below this part of the largest are taken to be alike. */
const LEAST_ERROR = 1e-6;

const guessKinds = ["fast", "slow", "day", "week"] as const;

/** How far the series has been off a season of late. */
const seasonalSchema = z.object({ season: seasonSchema, offset: levelSchema });
type Seasonal = z.infer<typeof seasonalSchema>;

export const expectationSchema = z.object({
  fast: levelSchema,
  slow: levelSchema,
  day: seasonalSchema,
  week: seasonalSchema,
  /** The mean absolute error of each guess. */
  errors: z.object({ fast: levelSchema, slow: levelSchema, day: levelSchema, week: levelSchema }),
});
/**
 * What a series is expected to be next: a mixture of guesses, each of which counts by how well it did of late
 * (exponentially weighted forecasters; Cesa-Bianchi and Lugosi, "Prediction, Learning, and Games", 2006, chapter 2).
 * The seasons of the day and of the week take part once they have been seen whole.
 */
export type Expectation = z.infer<typeof expectationSchema>;

export const newExpectation = (): Expectation => ({
  fast: newLevel(),
  slow: newLevel(),
  day: { season: newSeason(DAY_MS, 96), offset: newLevel() },
  week: { season: newSeason(7 * DAY_MS, 168), offset: newLevel() },
  errors: { fast: newLevel(), slow: newLevel(), day: newLevel(), week: newLevel() },
});

/** `null` while there is nothing to go by. */
export function expectedAt(expectation: Expectation, at: number): number | null {
  const { errors } = expectation;
  // Relative to the largest, so that the unit of the series makes no difference.
  const largest = Math.max(Number.MIN_VALUE, ...guessKinds.map((kind) => errors[kind].mean));
  let sum = 0;
  let total = 0;
  for (const kind of guessKinds) {
    const guess = guessAt(expectation, kind, at);
    if (guess === null) continue;
    const { mean, weight } = errors[kind];
    const relative = weight === 0 ? 1 : mean / largest;
    const counts = (relative + LEAST_ERROR) ** -SHARPNESS * Math.min(1, (weight + 1) / ENOUGH_GUESSES);
    sum += counts * guess;
    total += counts;
  }
  return total === 0 ? null : sum / total;
}

/** `value` is what is to be learned, which need not be what was seen. */
export function learnExpectation(expectation: Expectation, at: number, value: number): void {
  for (const kind of guessKinds) {
    const guess = guessAt(expectation, kind, at);
    if (guess !== null) learnLevel(expectation.errors[kind], Math.abs(value - guess), ERROR_PART);
  }
  learnLevel(expectation.fast, value, FAST_PART);
  learnLevel(expectation.slow, value, SLOW_PART);
  learnSeasonal(expectation.day, at, value);
  learnSeasonal(expectation.week, at, value);
}

/** Begins anew from a level: what seasons say of the shape of a day remains. */
export function settleAt(expectation: Expectation, at: number, value: number): void {
  expectation.fast = { mean: value, weight: 1 };
  expectation.slow = { mean: value, weight: 1 };
  for (const seasonal of [expectation.day, expectation.week]) {
    const usual = seasonAt(seasonal.season, at);
    if (usual !== null) seasonal.offset = { mean: value - usual, weight: 1 };
  }
}

/** What the day says by itself, whatever the series has been of late; `null` before a whole day. */
export const usualAt = ({ day }: Expectation, at: number): number | null => seasonAt(day.season, at);

function guessAt(expectation: Expectation, kind: (typeof guessKinds)[number], at: number): number | null {
  switch (kind) {
    case "fast":
    case "slow":
      return expectation[kind].weight === 0 ? null : expectation[kind].mean;
    case "day":
    case "week": {
      const { season, offset }: { season: Season; offset: { mean: number } } = expectation[kind];
      const usual = seasonAt(season, at);
      return usual === null ? null : usual + offset.mean;
    }
  }
}

function learnSeasonal({ season, offset }: Seasonal, at: number, value: number): void {
  const usual = seasonAt(season, at);
  if (usual !== null) learnLevel(offset, value - usual, OFFSET_PART);
  learnSeason(season, at, value);
}
