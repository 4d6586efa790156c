import type { Detector } from "../anomaly/detector.ts";
import { REPORT_SECONDS } from "../attack.ts";
import { type SeriesJudgement, TOTAL } from "./series-set.ts";
import { isSampled } from "./slice.ts";

/** All of the traffic is compared over so many seconds before a part rose, and at least as many since. */
const COMPARED_S = 10;
/** A rise may have begun so many seconds before it was an event. */
const UNSEEN_S = 4;
/** What has not come on top by then has moved: later, all of the traffic changes for reasons of its own. */
const LATEST_S = 30;
/** Of what the part has too many, all of the traffic has to have gained so much. */
const LEAST_GAIN = 0.5;

/** What a part has too many while its event is open. */
interface Rise {
  /** Of its event. Unix milliseconds. */
  readonly startedAt: number;
  /** All of the traffic before it, requests a second; `null` where that is not known. */
  readonly before: number | null;
  seconds: number;
  /** Requests since: all, and what the part had too many. */
  total: number;
  excess: number;
  /** The same of the last seconds. */
  recent: number[];
  isOnTop: boolean;
}

/**
 * Tells parts whose rise has come on top of the other traffic from those to which it has moved, as with a release whose
 * paths are others. What is usual in all does not tell: while a country is out, even a flood makes no more than that.
 */
export class Additions {
  readonly #rises = new WeakMap<Detector, Rise>();
  #totals: number[] = [];

  /** Takes a second; gives the parts that are on top by it, by `partOf`. To be told of each second once. */
  take(judged: readonly SeriesJudgement[], at: number): string[] {
    const total = judged.find(({ dimension }) => dimension === TOTAL)?.rate ?? 0;
    const onTop = judged.filter(isPart).filter((each) => this.#takePart(each, total, at));
    this.#totals = [...this.#totals, total].slice(-COMPARED_S - UNSEEN_S);
    return onTop.map(partOf);
  }

  /** What a part has had too many in the last seconds, requests a second. */
  excessOf({ detector }: SeriesJudgement): number {
    const recent = this.#rises.get(detector)?.recent ?? [];
    return recent.reduce((sum, each) => sum + each, 0) / Math.max(1, recent.length);
  }

  #takePart({ detector, rate, judgement: { event, expected } }: SeriesJudgement, total: number, at: number): boolean {
    if (event?.end !== "open" || event.direction !== "above") return false;
    const known = this.#rises.get(detector);
    const rise = known?.startedAt === event.startedAt ? known : this.#newRise(event.startedAt, at);
    this.#rises.set(detector, rise);
    const excess = rate - (expected ?? rate);
    rise.seconds += 1;
    rise.total += total;
    rise.excess += excess;
    rise.recent = [...rise.recent, excess].slice(-REPORT_SECONDS);
    if (rise.before === null || rise.seconds < COMPARED_S || rise.seconds > LATEST_S) return rise.isOnTop;
    rise.isOnTop ||= rise.excess > 0 && rise.total - rise.seconds * rise.before >= LEAST_GAIN * rise.excess;
    return rise.isOnTop;
  }

  /** Of an event that was open when this began, nobody knows what was before it. */
  #newRise(startedAt: number, at: number): Rise {
    const compared = this.#totals.slice(0, COMPARED_S);
    const isKnown = startedAt === at && compared.length === COMPARED_S;
    const before = isKnown ? compared.reduce((sum, each) => sum + each, 0) / COMPARED_S : null;
    return { startedAt, before, seconds: 0, total: 0, excess: 0, recent: [], isOnTop: false };
  }
}

/** Whether it is a part of what is asked. */
const isPart = ({ dimension }: SeriesJudgement): boolean => isSampled(dimension);

export const partOf = ({ dimension, value }: SeriesJudgement): string => `${dimension} ${value}`;
