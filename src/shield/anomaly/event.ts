import { z } from "zod";

/** An anomaly from its first observation to its last. Times are Unix milliseconds. */
export const anomalyEventSchema = z.object({
  startedAt: z.number(),
  /** The last observation that was out; the end, once it has ended. */
  lastAt: z.number(),
  end: z.enum(["open", "calm", "accepted", "gap"]),
  direction: z.enum(["above", "below"]),
  severity: z.enum(["minor", "major", "critical"]),
  /** The value that was farthest out on its side, and by how many standard deviations. */
  peak: z.object({ at: z.number(), value: z.number(), sigmas: z.number() }),
  observations: z.int().positive(),
});
export type AnomalyEvent = z.infer<typeof anomalyEventSchema>;

/** From so many standard deviations on, an event is major, or critical. */
const MAJOR = 8;
const CRITICAL = 16;

export interface Outlier {
  readonly at: number;
  readonly value: number;
  readonly sigmas: number;
}

/** `side` is positive above what was expected, where the observation itself need not be. */
export const openEvent = (outlier: Outlier, side: number): AnomalyEvent => ({
  startedAt: outlier.at,
  lastAt: outlier.at,
  end: "open",
  direction: side >= 0 ? "above" : "below",
  severity: severityOf(outlier.sigmas),
  peak: { ...outlier },
  observations: 1,
});

/** 1 for an event above what was expected, -1 for one below. */
export const signOf = ({ direction }: AnomalyEvent): 1 | -1 => (direction === "above" ? 1 : -1);

/** One more observation while the event is open. What is out on the other side is no peak of it. */
export function holdEvent(event: AnomalyEvent, outlier: Outlier, isOut: boolean): AnomalyEvent {
  const isPeak = signOf(event) * outlier.sigmas > signOf(event) * event.peak.sigmas;
  const peak = isPeak ? { ...outlier } : event.peak;
  return {
    ...event,
    lastAt: isOut ? outlier.at : event.lastAt,
    severity: severityOf(peak.sigmas),
    peak,
    observations: event.observations + 1,
  };
}

/** Of what is so many standard deviations out. */
export function severityOf(sigmas: number): AnomalyEvent["severity"] {
  if (Math.abs(sigmas) >= CRITICAL) return "critical";
  return Math.abs(sigmas) >= MAJOR ? "major" : "minor";
}
