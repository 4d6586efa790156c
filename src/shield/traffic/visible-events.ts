import type { Detector } from "../anomaly/detector.ts";
import { type AnomalyEvent, severityOf } from "../anomaly/event.ts";
import type { SeriesJudgement } from "./series-set.ts";

/** Seconds that are looked back upon. */
const LOOKED_BACK = 8;
/** Of them, more than this part were out: for an attack to begin, and for it to go on. */
const TO_BEGIN = 1 / 2;
const TO_GO_ON = 1 / 4;
/** A second is out from so many standard deviations on, or where the detector says so: a rise has few. */
const OUT = 2;

/**
 * Tells which events can be seen now. One is open until its series has been calm for long without a break, which noise
 * alone puts off; it can be seen while enough of its last seconds were out, or this one far, on its own side of what is
 * expected: a flood that has left less traffic than there was before, as when bans keep clients away, can not.
 */
export class VisibleEvents {
  readonly #outs = new WeakMap<Detector, boolean[]>();

  /** Those of series with an event that can be seen; `isHeld` where they are of an attack. To be told of each second once. */
  among(judged: readonly SeriesJudgement[], isHeld: boolean, at: number): SeriesJudgement[] {
    const least = isHeld ? TO_GO_ON : TO_BEGIN;
    return judged.filter(({ detector, judgement: { event, sigmas, recurs } }) => {
      if (event === null || event.end !== "open") return false;
      const isOut = (Math.abs(sigmas) >= OUT || event.lastAt === at) && !hasTurned(event.direction, sigmas);
      const before = event.observations === 1 ? [] : (this.#outs.get(detector) ?? []);
      const outs = [...before, isOut].slice(-LOOKED_BACK);
      this.#outs.set(detector, outs);
      // A pulse that is far out, or one of several, is seen, however long ago the last one was.
      const isPulse = isOut && (recurs || severityOf(sigmas) === "critical");
      return isPulse || outs.filter((each) => each).length > least * outs.length;
    });
  }
}

const hasTurned = (direction: AnomalyEvent["direction"], sigmas: number): boolean =>
  direction === "above" ? sigmas < 0 : sigmas > 0;
