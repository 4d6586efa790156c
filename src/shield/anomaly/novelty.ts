import { z } from "zod";
import {
  clip,
  deviationSchema,
  learnDeviation,
  learnScale,
  measureDeviation,
  newDeviation,
  sigmaOf,
} from "./deviation.ts";
import { expectationSchema, expectedAt, learnExpectation, newExpectation } from "./expectation.ts";
import { leastNoiseOf } from "./noise.ts";

/** What teaches the expectation is cut off here, in standard deviations. */
const CLIP = 3;
/** Novelty is forgotten by half in so many observations. */
const TOLD_KEEP = 2 ** (-1 / 200);
/** News, in standard deviations, of which the score is 1 - 1/e. */
const SCORE_SCALE = 8;
/** Before so many observations nothing is known that could be new. */
const LEAST_AGE = 30;
const FARTHEST = 10_000;

/**
 * How new a series is to somebody who has seen all of it, attacks too, and gets used to everything. It scores the onset
 * of an event, not its course, and what happens every hour less than what never did.
 */
export const noveltySchema = z.object({
  seen: z.int().nonnegative(),
  expectation: expectationSchema,
  deviation: deviationSchema,
  /** The novelty that scores have told of already, in standard deviations. */
  told: z.number().nonnegative(),
});
export type Novelty = z.infer<typeof noveltySchema>;

export const newNovelty = (): Novelty => ({
  seen: 0,
  expectation: newExpectation(),
  deviation: newDeviation(),
  told: 0,
});

/** How new an observation is; sizes in standard deviations of normal noise that are as seldom as it is here. */
export interface News {
  readonly size: number;
  /** By how much it is more than all that was told of late. */
  readonly news: number;
  /** 0 to 1. */
  readonly score: number;
}

const NONE: News = { size: 0, news: 0, score: 0 };

export function learnNovelty(novelty: Novelty, at: number, value: number): News {
  const { expectation, deviation } = novelty;
  const expected = expectedAt(expectation, at) ?? value;
  const sigma = Math.max(leastNoiseOf(expected), sigmaOf(deviation));
  const measured = measureDeviation(deviation, clip((value - expected) / sigma, FARTHEST));
  novelty.seen += 1;
  const isYoung = novelty.seen <= LEAST_AGE;
  if (!isYoung) learnDeviation(deviation, measured);
  const taught = isYoung ? value : expected + clip(measured.size, CLIP) * sigma;
  learnScale(deviation, Math.abs(taught - expected));
  learnExpectation(expectation, at, taught);
  if (isYoung) return NONE;
  const size = Math.max(Math.abs(measured.single), Math.abs(measured.window));
  const news = Math.max(0, size - novelty.told);
  novelty.told = Math.max(novelty.told * TOLD_KEEP, size);
  return { size, news, score: 1 - Math.exp(-((news / SCORE_SCALE) ** 2)) };
}
