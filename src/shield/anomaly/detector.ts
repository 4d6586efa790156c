import { z } from "zod";
import {
  clip,
  type Deviation,
  deviationSchema,
  learnDeviation,
  learnScale,
  learnUsual,
  type Measured,
  measureDeviation,
  newDeviation,
  sigmaOf,
  WINDOW,
} from "./deviation.ts";
import { type AnomalyEvent, anomalyEventSchema, holdEvent, type Outlier, openEvent } from "./event.ts";
import { expectationSchema, expectedAt, learnExpectation, newExpectation, settleAt } from "./expectation.ts";
import { learnLevel, levelSchema, newLevel, partOf } from "./level.ts";
import { arrivalNoiseOf, leastNoiseOf } from "./noise.ts";
import { learnNovelty, type News, newNovelty, noveltySchema } from "./novelty.ts";
import { learnRise, measureRise, newRise, riseSchema, type Standing, settleRise } from "./rise.ts";
import { anySeries, type Sensitivity } from "./sensitivity.ts";

/** An observation is out from here on. */
const OUT = 3;
/** So many of a window have to be, on one side, */
const OUT_OF_WINDOW = 3;
/** and the window together has to be as seldom as this, */
const TOGETHER = 4.5;
/** or, whatever its parts are, as this; */
const WINDOW_ALONE = 6;
/** or a single one as this. */
const SINGLE_ALONE = 9;
const WEEK_MS = 7 * 86_400_000;
/** News of less than so many standard deviations opens no event. */
const LEAST_NEWS = 2;
/** An event is over when so many observations in a row have been calm. */
const CALM = 2;
const CALM_ROW = 10;
/** Or when the level has been within so many mean distances of what the day says for so many. */
const USUAL_ROW = 60;
/** What teaches the expectation is cut off here, in standard deviations. */
const CLIP = 3;
/** Nothing is taken to be farther off than so many standard deviations. */
const FARTHEST = 10_000;
/** A pause of so many usual intervals is a gap. */
const GAP = 20;
const INTERVAL_PART = partOf(50);
export const detectorStateSchema = z.object({
  /** The newest time, Unix milliseconds; `null` before the first observation. */
  at: z.number().nullable(),
  seen: z.int().nonnegative(),
  interval: levelSchema,
  expectation: expectationSchema,
  deviation: deviationSchema,
  rise: riseSchema,
  novelty: noveltySchema,
  event: anomalyEventSchema.nullable(),
  /** Observations in a row that were near what was expected, and near what the day says, while an event is open. */
  calm: z.int().nonnegative(),
  usual: z.int().nonnegative(),
});
/** All that a detector knows: plain data of a fixed size, about 60 kB as JSON. */
export type DetectorState = z.infer<typeof detectorStateSchema>;

export interface Judgement {
  /** `null` for the first observation. */
  readonly expected: number | null;
  /** How far off the value is, in standard deviations of normal noise that are as seldom as it is here. */
  readonly sigmas: number;
  /** How new this is, 0 to 1: high at the onset of an event, lower while it is held. */
  readonly score: number;
  readonly anomaly: boolean;
  /** The event that is open, or that has ended by this observation. */
  readonly event: AnomalyEvent | null;
}

/**
 * Tells anomalies of one series from what came before them alone, in bounded memory. Observations may come at any
 * interval and with gaps; one that is not later than the last, as when a clock is set back, counts as of the same time.
 */
export class Detector {
  readonly #sensitivity: Sensitivity;
  readonly #state: DetectorState;

  /** `state` is one that `state()` gave. */
  constructor(sensitivity: Sensitivity = anySeries, state: DetectorState = newState()) {
    this.#sensitivity = sensitivity;
    this.#state = detectorStateSchema.parse(state);
  }

  state(): DetectorState {
    return detectorStateSchema.parse(this.#state);
  }

  /** Whether it is old enough to call anything an anomaly. */
  get mayAct(): boolean {
    return this.#state.seen > this.#sensitivity.leastAge;
  }

  /** Observations so far. */
  get age(): number {
    return this.#state.seen;
  }

  /**
   * `at` in Unix milliseconds; `value` within ±1e100. A count that was estimated from samples says for how many each of
   * them `standsFor`, at least 1. An event is accepted as the new normal only while it may be (`mayAccept`).
   */
  observe(at: number, value: number, standsFor = 1, mayAccept = true): Judgement {
    const state = this.#state;
    const now = Math.max(state.at ?? at, at);
    const ended = this.#pass(now);
    const expected = expectedAt(state.expectation, now);
    const sigma = this.#sigma(expected ?? value, standsFor);
    const measured = measureDeviation(state.deviation, clip((value - (expected ?? value)) / sigma, FARTHEST));
    const rise = measureRise(state.rise, state.expectation, now, value);
    state.seen += 1;
    const hasVolume =
      Math.max(expected ?? value, value) >= this.#sensitivity.leastVolume || this.#sensitivity.leastVolume === 0;
    const news = learnNovelty(state.novelty, now, value);
    const isOut =
      this.mayAct &&
      hasVolume &&
      (this.#sensitivity.opensBy === "news"
        ? this.#isNews(news)
        : isOutlier(state.deviation, measured) || rise?.isOut === true);
    const event = this.#hold({ at: now, value, sigmas: measured.single }, isOut, rise, mayAccept) ?? ended;
    // A step that is accepted begins anew: what was expected before would draw the new level back to itself.
    if (event?.end !== "accepted") this.#learn(now, value, expected, sigma, measured);
    return {
      expected,
      sigmas: measured.single,
      score: news.score,
      anomaly: event !== null && event.end !== "gap",
      event,
    };
  }

  /** What independent noise would show once a week at this interval, and more than what was told of late. */
  #isNews({ size, news }: News): boolean {
    const aWeek = WEEK_MS / Math.max(1, this.#state.interval.mean);
    return news >= LEAST_NEWS && size >= Math.sqrt(2 * Math.log(Math.max(1, aWeek)));
  }

  /** Lets time pass. After a gap nothing of before is a neighbour of what comes, and an open event is over. */
  #pass(now: number): AnomalyEvent | null {
    const state = this.#state;
    const passed = now - (state.at ?? now);
    state.at = now;
    const isGap = state.interval.weight > 0 && passed > GAP * state.interval.mean;
    if (passed > 0 && !isGap) learnLevel(state.interval, passed, INTERVAL_PART);
    if (!isGap) return null;
    const ended: AnomalyEvent | null = state.event && { ...state.event, end: "gap" };
    state.deviation.recent = [];
    state.event = null;
    return ended;
  }

  #hold(outlier: Outlier, isOut: boolean, standing: Standing | null, mayAccept: boolean): AnomalyEvent | null {
    const state = this.#state;
    if (state.event === null) return isOut ? this.#open(outlier, standing) : null;
    const isStillOut = isOut || Math.abs(outlier.sigmas) >= CALM;
    state.calm = isStillOut ? 0 : state.calm + 1;
    state.usual = standing !== null && Math.abs(standing.distances) < CALM ? state.usual + 1 : 0;
    const event = holdEvent(state.event, outlier, isStillOut);
    const end = this.#endOf(event, outlier.at, mayAccept);
    state.event = end === "open" ? event : null;
    // What was expected has stood still since the event began; the series may have come back to another level.
    if (end === "accepted" || (end === "calm" && state.calm < CALM_ROW)) this.#settle(outlier.at);
    return { ...event, end };
  }

  #open(outlier: Outlier, standing: Standing | null): AnomalyEvent {
    const state = this.#state;
    state.calm = 0;
    state.usual = 0;
    state.event = openEvent(outlier);
    // A rise so slow that it was followed has taught what is expected; the day knows better.
    if (standing?.isOut) settleAt(state.expectation, outlier.at, standing.usual);
    return state.event;
  }

  #endOf({ startedAt, observations }: AnomalyEvent, now: number, mayAccept: boolean): AnomalyEvent["end"] {
    const { acceptAfterMs, acceptAfter } = this.#sensitivity;
    if (this.#state.calm >= CALM_ROW || this.#state.usual >= USUAL_ROW) return "calm";
    const isLasting = now - startedAt >= acceptAfterMs && observations >= acceptAfter;
    return isLasting && mayAccept ? "accepted" : "open";
  }

  #settle(now: number): void {
    const { expectation, deviation, rise } = this.#state;
    settleAt(expectation, now, rise.level.mean);
    settleRise(rise, expectation, now);
    deviation.recent = [];
  }

  /** Events teach no expectation; what is unusual without being one teaches with its weight cut off. */
  #learn(now: number, value: number, expected: number | null, sigma: number, measured: Measured): void {
    const { deviation, expectation, rise, seen, event } = this.#state;
    const isYoung = seen <= this.#sensitivity.leastAge;
    if (this.#sensitivity.eventsTeachTails) {
      if (!isYoung && (event === null || event.observations <= WINDOW)) learnDeviation(deviation, measured);
    } else if (event !== null) deviation.unsettled = [];
    // So that neighbours that are alike are known before anything is made of them.
    else if (seen > this.#sensitivity.leastAge / 2) learnUsual(deviation, measured);
    if (event !== null) return;
    const from = expected ?? value;
    // Before anything is known of the noise there is nothing by which to cut off.
    const taught = isYoung ? value : from + clip(measured.size, CLIP) * sigma;
    if (expected !== null) learnScale(deviation, Math.abs(taught - from));
    learnExpectation(expectation, now, taught);
    learnRise(rise, expectation, now);
  }

  #sigma(expected: number, standsFor: number): number {
    const arrivals = this.#sensitivity.counts ? arrivalNoiseOf(expected, standsFor) : 0;
    return Math.max(leastNoiseOf(expected), sigmaOf(this.#state.deviation), arrivals);
  }
}

function newState(): DetectorState {
  return {
    at: null,
    seen: 0,
    interval: newLevel(),
    expectation: newExpectation(),
    deviation: newDeviation(),
    rise: newRise(),
    novelty: newNovelty(),
    event: null,
    calm: 0,
    usual: 0,
  };
}

function isOutlier({ recent }: Deviation, { single, window }: Measured): boolean {
  const isOut = Math.abs(single) >= OUT;
  const sameSide = recent.filter((size) => Math.abs(size) >= OUT && Math.sign(size) === Math.sign(single)).length;
  return (
    (isOut && sameSide >= OUT_OF_WINDOW && Math.abs(window) >= TOGETHER) ||
    Math.abs(window) >= WINDOW_ALONE ||
    Math.abs(single) >= SINGLE_ALONE
  );
}
