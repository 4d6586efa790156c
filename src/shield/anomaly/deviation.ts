import { z } from "zod";
import { learnLevel, levelSchema, newLevel, partOf } from "./level.ts";
import { learnTail, measure, newTail, tailSchema } from "./tail.ts";

/** Observations whose deviations are judged together, and by which an event is opened. */
export const WINDOW = 5;
/** What is measured is usual when so many more have come: floods that are short and weak take so long to be an event. */
const SETTLED_AFTER = 30;
/** Of an event that is accepted each of these counts for so many, ten minutes in all where they are seconds. */
const ACCEPTED_TIMES = 20;
/** A deviation is out from here on. */
const OUT = 3;
/** Deviations beyond this are no more evidence in a window than this. */
const MAX_SIZE = 10;
const SCALE_PART = partOf(300);
const TAIL_HALF_LIFE = 5000;
/** A standard deviation of normal noise, by its mean absolute deviation. */
export const SIGMA_BY_MEAN = Math.sqrt(Math.PI / 2);

const sizesSchema = z.object({ size: z.number(), window: z.number(), drift: z.number() });
type Sizes = z.infer<typeof sizesSchema>;

/** How far a series usually is from what is expected of it: alone, over a window, and in the long run. */
export const deviationSchema = z.object({
  /** The mean absolute deviation, in the unit of the series. */
  scale: levelSchema,
  /** The last deviations in their own standard deviations, the oldest first. */
  recent: z.array(z.number()).max(WINDOW),
  /** What was measured last, which is usual unless an event comes of it, or when its event is accepted. */
  unsettled: z.array(sizesSchema).max(SETTLED_AFTER),
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

/** The same, once nothing has come of it for long: the first seconds of an attack are not usual. */
export function learnUsual(deviation: Deviation, measured: Measured): void {
  const settled = holdBack(deviation, measured);
  if (settled) learnSizes(deviation, settled);
}

/** What is measured of an event waits for its end. Gives what has waited for long. */
export function holdBack(deviation: Deviation, { size, drift }: Measured): Sizes | undefined {
  const { unsettled } = deviation;
  unsettled.push({ size, window: windowOf(deviation), drift });
  return unsettled.length > SETTLED_AFTER ? unsettled.shift() : undefined;
}

/** What was measured last is the new normal, around a level and by a noise of its own. */
export function acceptUnsettled(deviation: Deviation): void {
  const { unsettled, scale } = deviation;
  deviation.unsettled = [];
  if (unsettled.length === 0) return;
  const meanOf = (of: (sizes: Sizes) => number) =>
    unsettled.reduce((sum, sizes) => sum + of(sizes), 0) / unsettled.length;
  const level = meanOf(({ size }) => size);
  const windowLevel = meanOf(({ window }) => window);
  const driftLevel = meanOf(({ drift }) => drift);
  const noise = Math.max(1, SIGMA_BY_MEAN * meanOf(({ size }) => Math.abs(clip(size - level, OUT))));
  scale.mean *= noise;
  for (const { size, window, drift } of unsettled) {
    const sizes = { size: (size - level) / noise, window: (window - windowLevel) / noise, drift: drift - driftLevel };
    learnSizes(deviation, sizes, ACCEPTED_TIMES);
  }
}

function learnSizes({ single, window, drift }: Deviation, sizes: Sizes, times = 1): void {
  learnTail(single, sizes.size, TAIL_HALF_LIFE, times);
  learnTail(window, sizes.window, TAIL_HALF_LIFE, times);
  learnTail(drift, sizes.drift, TAIL_HALF_LIFE, times);
}

/** `distance` from what was expected, in the unit of the series, at least 0. */
export function learnScale(deviation: Deviation, distance: number): void {
  learnLevel(deviation.scale, distance, SCALE_PART);
}

/** The sum of the last deviations in its own standard deviations, were they independent. */
const windowOf = ({ recent }: Deviation): number => recent.reduce((sum, size) => sum + size, 0) / Math.sqrt(WINDOW);

export const clip = (size: number, bound: number): number => Math.max(-bound, Math.min(bound, size));
