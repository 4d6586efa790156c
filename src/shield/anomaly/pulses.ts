import { z } from "zod";
import { clip } from "./deviation.ts";

/** An observation is a pulse from so many standard deviations above what was expected, unless the one before it was. */
const LEAST = 3.5;
/** It counts by what it has beyond that, and by this much more, */
const EACH = 0.5;
/** but for no more than this, so that it takes three, */
const MOST = 2;
/** fades by half in so many observations, */
const KEEP = 2 ** (-1 / 30);
/** and recurs when all of late count for so much: twice what a quiet week brings, of whatever noise. */
const RECURRING = 4;

/** Short floods that come again and again, each of which might be chance. */
export const pulsesSchema = z.object({ sum: z.number().nonnegative(), isOut: z.boolean() });
export type Pulses = z.infer<typeof pulsesSchema>;

export const newPulses = (): Pulses => ({ sum: 0, isOut: false });

/** Whether this observation is one of several pulses. */
export function countPulse(pulses: Pulses, sigmas: number): boolean {
  const isOut = sigmas >= LEAST;
  const isPulse = isOut && !pulses.isOut;
  // No more than that, lest many keep an event open for long after the last.
  pulses.sum = Math.min(RECURRING, pulses.sum * KEEP + (isPulse ? clip(sigmas - LEAST + EACH, MOST) : 0));
  pulses.isOut = isOut;
  return isPulse && pulses.sum >= RECURRING;
}

/** Whether one more would be one of several: for as long as they recur, and half a minute after the last. */
export const arePulsing = ({ sum }: Pulses): boolean => sum >= RECURRING - MOST;
