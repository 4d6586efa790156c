import { z } from "zod";

/** What the last pass of a season counts for in the mean of a bin. */
const RENEWED = 0.3;

const binSchema = z.object({
  mean: z.number(),
  /** Passes in the mean. */
  passes: z.int().nonnegative(),
  /** The pass that is being summed up, in periods since the epoch. */
  pass: z.int(),
  sum: z.number(),
  count: z.int().nonnegative(),
});
type Bin = z.infer<typeof binSchema>;

/** The shape of a period such as the day, learned bin by bin. Times are Unix milliseconds. */
export const seasonSchema = z.object({
  periodMs: z.number().positive(),
  /** The first observation. */
  since: z.number().nullable(),
  bins: z.array(binSchema).min(1).max(168),
});
export type Season = z.infer<typeof seasonSchema>;

export const newSeason = (periodMs: number, bins: number): Season => ({
  periodMs,
  since: null,
  bins: Array.from({ length: bins }, () => ({ mean: 0, passes: 0, pass: 0, sum: 0, count: 0 })),
});

/** What the season says of a time, in a straight line between the middles of bins; `null` before a whole period. */
export function seasonAt(season: Season, at: number): number | null {
  if (season.since === null || at - season.since < season.periodMs) return null;
  const position = positionOf(season, at) - 0.5;
  const low = Math.floor(position);
  const left = meanOf(season, low);
  const right = meanOf(season, low + 1);
  if (left === null || right === null) return left ?? right;
  return left + (position - low) * (right - left);
}

export function learnSeason(season: Season, at: number, value: number): void {
  season.since ??= at;
  const bin = season.bins[Math.floor(positionOf(season, at))];
  if (!bin) return;
  const pass = Math.floor(at / season.periodMs);
  if (pass !== bin.pass) {
    closePass(bin);
    bin.pass = pass;
  }
  bin.sum += value;
  bin.count += 1;
}

function closePass(bin: Bin): void {
  if (bin.count === 0) return;
  bin.passes += 1;
  bin.mean += Math.max(RENEWED, 1 / bin.passes) * (bin.sum / bin.count - bin.mean);
  bin.sum = 0;
  bin.count = 0;
}

const positionOf = ({ periodMs, bins }: Season, at: number): number =>
  ((((at % periodMs) + periodMs) % periodMs) / periodMs) * bins.length;

function meanOf({ bins }: Season, index: number): number | null {
  const bin = bins[(index + bins.length) % bins.length];
  if (!bin) return null;
  if (bin.passes > 0) return bin.mean;
  return bin.count > 0 ? bin.sum / bin.count : null;
}
