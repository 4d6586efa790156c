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

/** The newest samples, in the order of their series' times. In whatever order series come, the same are kept. */
export function keep(kept: readonly Series[], fresh: Series): readonly Series[] {
  let room = MAX_KEPT_SAMPLES;
  const newestFirst: Series[] = [];
  for (const series of [...kept, fresh].sort((a, b) => b.at - a.at)) {
    const fitting = lastOf(series, room);
    room -= samplesIn(fitting);
    if (samplesIn(fitting) > 0) newestFirst.push(fitting);
  }
  return newestFirst.reverse();
}

export const samplesIn = ({ roundTripsMs, lost }: Series): number => roundTripsMs.length + lost;

/** So many samples of a series. Where its lost ones were is not known; they count as its first. */
function lastOf({ at, roundTripsMs, lost }: Series, count: number): Series {
  const answered = Math.min(roundTripsMs.length, count);
  return {
    at,
    roundTripsMs: roundTripsMs.slice(roundTripsMs.length - answered),
    lost: Math.min(lost, count - answered),
  };
}
