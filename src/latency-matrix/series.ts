/** What one run of requests from a region to another has found. */
export interface Series {
  /** When it was over, Unix milliseconds. */
  readonly at: number;
  /** Round trips of those that were answered, in their order. Milliseconds. */
  readonly roundTripsMs: readonly number[];
  /** Those that were not. */
  readonly lost: number;
}

/** Requests, answered or lost, that are kept of an ordered pair of regions: twenty minutes at five a minute. */
export const MAX_KEPT_SAMPLES = 100;

/** The newest series, whole ones only, in the order of their times. In whatever order they come, the same are kept. */
export function keep(kept: readonly Series[], fresh: Series): readonly Series[] {
  let samples = 0;
  const newestFirst = [...kept, fresh].sort((a, b) => b.at - a.at);
  const tooOld = newestFirst.findIndex((series) => {
    samples += samplesIn(series);
    return samples > MAX_KEPT_SAMPLES;
  });
  return newestFirst.slice(0, tooOld < 0 ? newestFirst.length : tooOld).reverse();
}

export const samplesIn = ({ roundTripsMs, lost }: Series): number => roundTripsMs.length + lost;
