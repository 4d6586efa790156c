import { z } from "zod";
import type { AnomalyEvent } from "../anomaly/event.ts";
import { type SeriesJudgement, TOTAL } from "./series-set.ts";
import { isSampled } from "./slice.ts";

/** An attack is over so long after the last of its series has come to rest: what comes in waves is one. */
const HELD_FOR_MS = 20_000;
/** One value among many has to be out for so long, or so far in standard deviations, before an attack comes of it. */
const VALUE_OUT_FOR_MS = 4000;
const VALUE_FAR_OUT = 16;
/** And by so many requests a second. */
const LEAST_EXCESS = 10;

export const openAttackSchema = z.object({
  id: z.string().regex(/^[a-z0-9-]{1,64}$/),
  /** Unix milliseconds. */
  startedAt: z.number(),
  lastOutAt: z.number(),
  direction: z.enum(["flood", "silence"]),
  severity: z.enum(["minor", "major", "critical"]),
  sigmas: z.number(),
});
/** An attack on one service from its first event to its last, whichever series they are in. */
export type OpenAttack = z.infer<typeof openAttackSchema>;

const severities = ["minor", "major", "critical"] as const;

const isAsked = ({ dimension }: SeriesJudgement): boolean => dimension === TOTAL || isSampled(dimension);

/** Whether an attack may come of it. */
export const isUnsettled = (judged: SeriesJudgement): boolean =>
  isAsked(judged) && judged.judgement.event?.end === "open";

/**
 * Whether the value is now on the other side of what is expected: a flood that has left less traffic than there was before,
 * as when bans keep clients away, is over, however long its series stays unusual.
 */
const hasTurned = (direction: AnomalyEvent["direction"], sigmas: number): boolean =>
  direction === "above" ? sigmas < 0 : sigmas > 0;

/** The events of these series that are an attack, or part of one. */
export function eventsOf(judged: readonly SeriesJudgement[], isOpen: boolean): AnomalyEvent[] {
  return judged.filter(isUnsettled).flatMap(({ dimension, rate, judgement: { event, expected, sigmas } }) => {
    if (event === null || hasTurned(event.direction, sigmas)) return [];
    if (isOpen || dimension === TOTAL) return [event];
    const isLong = event.lastAt - event.startedAt >= VALUE_OUT_FOR_MS;
    const isFar = Math.abs(event.peak.sigmas) >= VALUE_FAR_OUT;
    const isMuch = Math.abs(rate - (expected ?? rate)) >= LEAST_EXCESS;
    return (isLong || isFar) && isMuch ? [event] : [];
  });
}

/** The attack after a second with these events; `null` when there is none, or no longer. `at` in Unix milliseconds. */
export function holdAttack(
  attack: OpenAttack | null,
  events: readonly AnomalyEvent[],
  at: number,
  newId: () => string,
): OpenAttack | null {
  const isOther = ({ direction }: AnomalyEvent) => attack?.direction === "flood" && direction === "below";
  // A silence that follows a flood does not hold it up.
  if (events.every(isOther)) return attack !== null && at - attack.lastOutAt < HELD_FOR_MS ? attack : null;
  const isFlood = attack?.direction === "flood" || events.some(({ direction }) => direction === "above");
  const direction = isFlood ? "flood" : "silence";
  const those = events.filter((event) => (event.direction === "above") === isFlood);
  const peaks = those.map(({ peak }) => peak.sigmas);
  const before = attack?.direction === direction ? attack.sigmas : 0;
  const sigmas = [before, ...peaks].reduce((far, each) => (Math.abs(each) > Math.abs(far) ? each : far), 0);
  const severity = Math.max(
    attack === null ? 0 : severities.indexOf(attack.severity),
    ...those.map((event) => severities.indexOf(event.severity)),
  );
  return {
    id: attack?.id ?? newId(),
    startedAt: attack?.startedAt ?? Math.min(...events.map(({ startedAt }) => startedAt)),
    lastOutAt: at,
    direction,
    severity: severities[severity] ?? "minor",
    sigmas,
  };
}
