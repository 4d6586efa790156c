import { z } from "zod";
import type { AnomalyEvent } from "../anomaly/event.ts";
import { partOf } from "./additions.ts";
import { type SeriesJudgement, TOTAL } from "./series-set.ts";
import { isSampled } from "./slice.ts";

/** An attack is over when none of its events could be seen for so long: what comes in faster waves is one. */
const QUIET_MS = 30_000;
/** One value among many has to be out for so long, or so far in standard deviations, before an attack comes of it. */
const VALUE_OUT_FOR_MS = 4000;
const VALUE_FAR_OUT = 16;
/** And by so many requests a second. */
const LEAST_EXCESS = 10;

export const openAttackSchema = z.object({
  id: z.string().regex(/^[a-z0-9-]{1,64}$/),
  /** Unix milliseconds. */
  startedAt: z.number(),
  /** When one of its events could last be seen. */
  lastOutAt: z.number(),
  direction: z.enum(["flood", "silence"]),
  severity: z.enum(["minor", "major", "critical"]),
  sigmas: z.number(),
  /** Seconds that the shield has let it be, as `acceptance.ts` counts them. */
  letBeS: z.number().min(0).default(0),
  /** The parts of it that have come on top of the other traffic, as `additions.ts` tells them. */
  onTop: z.array(z.string().max(300)).default([]),
});
/** An attack on one service from its first event to its last, whichever series they are in. */
export type OpenAttack = z.infer<typeof openAttackSchema>;

const severities = ["minor", "major", "critical"] as const;

const isAsked = ({ dimension }: SeriesJudgement): boolean => dimension === TOTAL || isSampled(dimension);

/** Whether an attack may come of it. */
export const isUnsettled = (judged: SeriesJudgement): boolean =>
  isAsked(judged) && judged.judgement.event?.end === "open";

/** The events that are an attack, or part of one, of the series whose events can be seen. */
export function eventsOf(visible: readonly SeriesJudgement[], isOpen: boolean): AnomalyEvent[] {
  return visible.filter(isAsked).flatMap(({ dimension, rate, judgement: { event, expected } }) => {
    if (event === null) return [];
    if (isOpen || dimension === TOTAL) return [event];
    const isLong = event.lastAt - event.startedAt >= VALUE_OUT_FOR_MS;
    const isFar = Math.abs(event.peak.sigmas) >= VALUE_FAR_OUT;
    const isMuch = Math.abs(rate - (expected ?? rate)) >= LEAST_EXCESS;
    return (isLong || isFar) && isMuch ? [event] : [];
  });
}

/** What can be seen of an attack in one second. */
export interface Sighted {
  /** The series that show it. */
  readonly series: readonly SeriesJudgement[];
  /** How far the farthest of these is out on the side of the attack, in standard deviations; `null` without any. */
  readonly distance: number | null;
  /** Whether all of it may have moved from other parts of the traffic. */
  readonly hasMoved: boolean;
}

/** Of a flood that the total does not show, parts that are on top show it; others only where there are none of these. */
export function sightOf(visible: readonly SeriesJudgement[], { direction, onTop }: OpenAttack): Sighted {
  const sign = direction === "flood" ? 1 : -1;
  const own = visible.filter((each) => isAsked(each) && (each.judgement.event?.direction === "above") === sign > 0);
  const isOfAll = sign < 0 || own.some(({ dimension }) => dimension === TOTAL);
  const added = isOfAll ? own : own.filter((each) => onTop.includes(partOf(each)));
  const series = added.length > 0 ? added : own;
  const distance = own.length === 0 ? null : Math.max(0, ...series.map(({ judgement: { sigmas } }) => sign * sigmas));
  return { series, distance, hasMoved: own.length > 0 && added.length === 0 };
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
  if (events.every(isOther)) return attack !== null && at - attack.lastOutAt < QUIET_MS ? attack : null;
  const isFlood = attack?.direction === "flood" || events.some(({ direction }) => direction === "above");
  const direction = isFlood ? "flood" : "silence";
  const those = events.filter((event) => (event.direction === "above") === isFlood);
  const peaks = those.map(({ peak }) => peak.sigmas);
  // How bad a silence was says nothing of the flood that it has become.
  const before = attack?.direction === direction ? attack : null;
  const sigmas = [before?.sigmas ?? 0, ...peaks].reduce(
    (far, each) => (Math.abs(each) > Math.abs(far) ? each : far),
    0,
  );
  const severity = Math.max(
    before === null ? 0 : severities.indexOf(before.severity),
    ...those.map((event) => severities.indexOf(event.severity)),
  );
  return {
    id: attack?.id ?? newId(),
    startedAt: attack?.startedAt ?? Math.min(...events.map(({ startedAt }) => startedAt)),
    lastOutAt: at,
    direction,
    severity: severities[severity] ?? "minor",
    sigmas,
    letBeS: attack?.letBeS ?? 0,
    onTop: attack?.onTop ?? [],
  };
}
