import { z } from "zod";
import {
  acceptUnsettled,
  clip,
  deviationSchema,
  holdBack,
  learnDeviation,
  learnScale,
  learnUsual,
  type Measured,
  measureDeviation,
  newDeviation,
  sigmaOf,
} from "./deviation.ts";
import { driftSchema, learnDrift, measureDrift, newDrift, settleDrift } from "./drift.ts";
import { type AnomalyEvent, anomalyEventSchema, holdEvent, type Outlier, openEvent, signOf } from "./event.ts";
import { expectationSchema, expectedAt, learnExpectation, newExpectation, settleAt } from "./expectation.ts";
import { learnLevel, levelSchema, newLevel, partOf } from "./level.ts";
import { arrivalNoiseOf, leastNoiseOf } from "./noise.ts";
import { arePulsing, countPulse, newPulses, pulsesSchema } from "./pulses.ts";
import { learnRise, measureRise, newRise, riseSchema, type Standing, settleRise } from "./rise.ts";
import { doEventsTeach, LEAST_AGE, leastCompanyAt, type Sensitivity, weeklyRarity } from "./sensitivity.ts";
import { isAnomaly, newSurprise, scoreOf, surpriseSchema } from "./surprise.ts";
import { rarityOfSigmas } from "./tail.ts";

/** An event is over when so many observations in a row have been calm. */
const CALM = 2;
const CALM_ROW = 10;
/** Or when the level has been within so many mean distances of what the day says for so many. */
const USUAL_ROW = 60;
/** A step that has lasted so long, and so many observations, is the new normal. */
export const ACCEPT_AFTER_MS = 3_600_000;
const ACCEPT_AFTER = 12;
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
  drift: driftSchema,
  pulses: pulsesSchema.default(newPulses),
  surprise: surpriseSchema,
  /** Whether all values so far were whole numbers from 0 on. */
  isCount: z.boolean(),
  event: anomalyEventSchema.nullable(),
  /** Observations in a row that were near what was expected, and near what the day says, while an event is open. */
  calm: z.int().nonnegative(),
  usual: z.int().nonnegative(),
});
/** All that a detector knows: plain data of a fixed size, about 30 kB as JSON. */
export type DetectorState = z.infer<typeof detectorStateSchema>;

export interface Judgement {
  /** `null` for the first observation. */
  readonly expected: number | null;
  /** How far off the value is, in standard deviations of normal noise that are as seldom as it is here. */
  readonly sigmas: number;
  /** Whether it is one of several short floods of late. */
  readonly recurs: boolean;
  /** How rare this is and how new, from 0 up to 1: 0.5 is what chance shows once a week, and twice that after another. */
  readonly score: number;
  /** Whether the score is 0.5 or more. */
  readonly anomaly: boolean;
  /**
   * The event that is open, or that has ended by this observation: an anomaly and what belongs to it until it is over.
   * One below that turns into one above is over without being told of once more.
   */
  readonly event: AnomalyEvent | null;
}

/**
 * Tells anomalies of one series from what came before them alone, in bounded memory. Observations may come at any
 * interval and with gaps; one that is not later than the last, as when a clock is set back, counts as of the same time.
 */
export class Detector {
  readonly #told: Partial<Sensitivity>;
  readonly #state: DetectorState;

  /** What is not said of the series is found out from it. `state` is one that `state()` gave. */
  constructor(sensitivity: Partial<Sensitivity> = {}, state: DetectorState = newState()) {
    this.#told = sensitivity;
    this.#state = detectorStateSchema.parse(state);
  }

  state(): DetectorState {
    return detectorStateSchema.parse(this.#state);
  }

  /** Whether it is old enough to call anything an anomaly. */
  get mayAct(): boolean {
    return this.#state.seen > this.#leastAge;
  }

  /** Observations so far. */
  get age(): number {
    return this.#state.seen;
  }

  get #leastAge(): number {
    return this.#told.leastAge ?? LEAST_AGE;
  }

  get #intervalMs(): number {
    return this.#state.interval.mean;
  }

  get #doEventsTeach(): boolean {
    return doEventsTeach(this.#intervalMs);
  }

  /**
   * `at` in Unix milliseconds; `value` within ±1e100. A count that was estimated from samples says for how many each of
   * them `standsFor`, at least 1. An event is accepted as the new normal only while it may be (`mayAccept`).
   */
  observe(at: number, value: number, standsFor = 1, mayAccept = true): Judgement {
    const state = this.#state;
    const now = Math.max(state.at ?? at, at);
    const ended = this.#pass(now);
    state.isCount &&= Number.isInteger(value) && value >= 0;
    const expected = expectedAt(state.expectation, now);
    const sigma = this.#sigma(expected ?? value, standsFor);
    const size = clip((value - (expected ?? value)) / sigma, FARTHEST);
    const measured = measureDeviation(state.deviation, size, measureDrift(state.drift, value));
    const rise = measureRise(state.rise, state.expectation, now, value);
    state.seen += 1;
    const hasVolume = Math.max(expected ?? value, value) >= (this.#told.leastVolume ?? Number.NEGATIVE_INFINITY);
    const bar = weeklyRarity(this.#intervalMs);
    const isJudged = this.mayAct && hasVolume;
    const recurs = leastCompanyAt(this.#intervalMs) > 1 && countPulse(state.pulses, isJudged ? measured.single : 0);
    const rarity = isJudged ? this.#rarityOf(measured, recurs || rise?.isOut === true, bar) : 0;
    const score = scoreOf(state.surprise, rarity, bar);
    const outlier = { at: now, value, sigmas: measured.single };
    const side = recurs ? measured.single : measured.rarest;
    const event = this.#hold(outlier, rarity >= bar ? side : null, rise, mayAccept) ?? ended;
    // A step that is accepted begins anew: what was expected before would draw the new level back to itself.
    if (event?.end !== "accepted" || this.#doEventsTeach) this.#learn(now, value, expected, sigma, measured);
    return { expected, sigmas: measured.single, recurs, score, anomaly: isAnomaly(score), event };
  }

  /** What has no company where it should counts half, unless by all of late it is one anyway. */
  #rarityOf({ rarest, company }: Measured, isOne: boolean, bar: number): number {
    const isAlone = company < leastCompanyAt(this.#intervalMs) && leastCompanyAt(this.#intervalMs) > 1;
    const rarity = rarityOfSigmas(rarest) / (isAlone ? 2 : 1);
    return isOne ? Math.max(bar, rarity) : rarity;
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
    if (ended) state.deviation.unsettled = [];
    state.pulses = newPulses();
    state.event = null;
    return ended;
  }

  /** `side` is the one on which it is out, `null` when it is not. */
  #hold(outlier: Outlier, side: number | null, standing: Standing | null, mayAccept: boolean): AnomalyEvent | null {
    const state = this.#state;
    if (state.event === null) return side === null ? null : this.#open(outlier, side, standing);
    // A flood does not wait for the end of the silence before it. A silence after a flood does, lest what swings be many.
    const isFlood = side !== null && side > 0 && outlier.sigmas >= CALM;
    if (isFlood && state.event.direction === "below") return this.#open(outlier, side, null);
    const sign = signOf(state.event);
    const isStillOut = sign * (side ?? 0) > 0 || sign * outlier.sigmas >= CALM;
    // Between short floods that come again and again nothing is calm, but where a silence has come.
    const isPulsing = sign > 0 && (side ?? 0) >= 0 && arePulsing(state.pulses);
    state.calm = isStillOut || isPulsing ? 0 : state.calm + 1;
    state.usual = !isPulsing && standing !== null && Math.abs(standing.distances) < CALM ? state.usual + 1 : 0;
    const event = holdEvent(state.event, outlier, isStillOut);
    const end = this.#endOf(event, outlier.at, mayAccept);
    state.event = end === "open" ? event : null;
    if (end === "accepted") acceptUnsettled(state.deviation);
    else if (end !== "open") state.deviation.unsettled = [];
    // Where events teach nothing, what was expected has stood still; the series may have come back to another level.
    const hasStoodStill = !this.#doEventsTeach && (end === "accepted" || (end === "calm" && state.calm < CALM_ROW));
    if (hasStoodStill) this.#settle(outlier.at);
    return { ...event, end };
  }

  #open(outlier: Outlier, side: number, standing: Standing | null): AnomalyEvent {
    const state = this.#state;
    state.calm = 0;
    state.usual = 0;
    state.event = openEvent(outlier, standing?.isOut ? standing.distances : side);
    // A rise so slow that it was followed has taught what is expected; the day knows better.
    if (standing?.isOut && !this.#doEventsTeach) settleAt(state.expectation, outlier.at, standing.usual);
    return state.event;
  }

  #endOf({ startedAt, observations }: AnomalyEvent, now: number, mayAccept: boolean): AnomalyEvent["end"] {
    if (this.#state.calm >= CALM_ROW || this.#state.usual >= USUAL_ROW) return "calm";
    const isLasting = now - startedAt >= ACCEPT_AFTER_MS && observations >= ACCEPT_AFTER;
    return isLasting && mayAccept ? "accepted" : "open";
  }

  #settle(now: number): void {
    const { expectation, deviation, rise, drift } = this.#state;
    settleAt(expectation, now, rise.level.mean);
    settleRise(rise, expectation, now);
    settleDrift(drift, rise.level.mean);
    deviation.recent = [];
  }

  /** Events of seconds teach nothing; what is unusual otherwise teaches with its weight cut off. */
  #learn(now: number, value: number, expected: number | null, sigma: number, measured: Measured): void {
    const { deviation, expectation, rise, drift, seen, event } = this.#state;
    const isYoung = seen <= this.#leastAge;
    if (this.#doEventsTeach) {
      if (!isYoung) learnDeviation(deviation, measured);
    } else if (event !== null) holdBack(deviation, measured);
    // So that neighbours that are alike are known before anything is made of them.
    else if (seen > this.#leastAge / 2) learnUsual(deviation, measured);
    if (event !== null && !this.#doEventsTeach) return;
    const from = expected ?? value;
    // Before anything is known of the noise there is nothing by which to cut off.
    const taught = isYoung ? value : from + clip(measured.size, CLIP) * sigma;
    if (expected !== null) learnScale(deviation, Math.abs(taught - from));
    learnExpectation(expectation, now, taught);
    learnRise(rise, expectation, now);
    learnDrift(drift, value, isYoung);
  }

  #sigma(expected: number, standsFor: number): number {
    const arrivals = (this.#told.counts ?? this.#state.isCount) ? arrivalNoiseOf(expected, standsFor) : 0;
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
    drift: newDrift(),
    pulses: newPulses(),
    surprise: newSurprise(),
    isCount: true,
    event: null,
    calm: 0,
    usual: 0,
  };
}
