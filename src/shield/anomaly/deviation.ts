import { z } from "zod";
import { learnLevel, levelSchema, newLevel, partOf } from "./level.ts";
import { learnTail, measure, newTail, tailSchema } from "./tail.ts";

/** Observations whose deviations are judged together, and by which an event is opened. */
export const WINDOW = 5;
/** A deviation is out from here on. */
const OUT = 3;
/** Deviations beyond this are no more evidence in a window than this. */
const MAX_SIZE = 10;
const SCALE_PART = partOf(300);
const TAIL_HALF_LIFE = 5000;
/** A standard deviation of normal noise, by its mean absolute deviation. */
export const SIGMA_BY_MEAN = Math.sqrt(Math.PI / 2);

/** How far a series usually is from what is expected of it: alone, over a window, and in the long run. */
export const deviationSchema = z.object({
  /** The mean absolute deviation, in the unit of the series. */
  scale: levelSchema,
  /** The last deviations in their own standard deviations, the oldest first. */
  recent: z.array(z.number()).max(WINDOW),
  /** What was measured last, which is usual unless an event comes of it. */
  unsettled: z.array(z.object({ size: z.number(), window: z.number(), drift: z.number() })).max(WINDOW),
  single: tailSchema,
  window: tailSchema,
  drift: tailSchema,
});
export type Deviation = z.infer<typeof deviationSchema>;

export const newDeviation = (): Deviation => ({
  scale: newLevel(),
  recent: [],
  unsettled: [],
  single: newTail(),
  window: newTail(),
  drift: newTail(),
});

export const sigmaOf = ({ scale }: Deviation): number => SIGMA_BY_MEAN * scale.mean;

/** Standard deviations; positive above what was expected. */
export interface Measured {
  /** Of the series, whatever its tails, */
  readonly size: number;
  /** and the distance of its level from all that it was. */
  readonly drift: number;
  /** Of normal noise that is as seldom as this observation is here, */
  readonly single: number;
  /** and as the rarest of it, the window that ends with it, and the drift. */
  readonly rarest: number;
  /** How many of the window were out by themselves, on the side of the rarest. */
  readonly company: number;
}

export function measureDeviation(deviation: Deviation, size: number, drift: number): Measured {
  deviation.recent.push(clip(size, MAX_SIZE));
  if (deviation.recent.length > WINDOW) deviation.recent.shift();
  const single = measure(deviation.single, size);
  const all = [single, measure(deviation.window, windowOf(deviation)), measure(deviation.drift, drift)];
  const rarest = all.reduce((far, each) => (Math.abs(each) > Math.abs(far) ? each : far));
  const company = deviation.recent.filter((each) => Math.sign(each) === Math.sign(rarest) && Math.abs(each) >= OUT);
  return { size, drift, single, rarest, company: company.length };
}

/** What was measured last is remembered as something that happens. */
export function learnDeviation(deviation: Deviation, { size, drift }: Measured): void {
  learnSizes(deviation, { size, window: windowOf(deviation), drift });
}

/** The same, once nothing has come of it for a whole window: the first seconds of an attack are not usual. */
export function learnUsual(deviation: Deviation, { size, drift }: Measured): void {
  const { unsettled } = deviation;
  const settled = unsettled.length >= WINDOW ? unsettled.shift() : undefined;
  if (settled) learnSizes(deviation, settled);
  unsettled.push({ size, window: windowOf(deviation), drift });
}

function learnSizes({ single, window, drift }: Deviation, sizes: Deviation["unsettled"][number]): void {
  learnTail(single, sizes.size, TAIL_HALF_LIFE);
  learnTail(window, sizes.window, TAIL_HALF_LIFE);
  learnTail(drift, sizes.drift, TAIL_HALF_LIFE);
}

/** `distance` from what was expected, in the unit of the series, at least 0. */
export function learnScale(deviation: Deviation, distance: number): void {
  learnLevel(deviation.scale, distance, SCALE_PART);
}

/** The sum of the last deviations in its own standard deviations, were they independent. */
const windowOf = ({ recent }: Deviation): number => recent.reduce((sum, size) => sum + size, 0) / Math.sqrt(WINDOW);

export const clip = (size: number, bound: number): number => Math.max(-bound, Math.min(bound, size));
