/** What a detector takes into account besides the series. */
export interface Sensitivity {
  /** Whether values are counts, whose noise is never less than that of independent arrivals. */
  readonly counts: boolean;
  /** Nothing is an anomaly where less than this is expected and less is seen. */
  readonly leastVolume: number;
  /** Nor before so many observations. */
  readonly leastAge: number;
  /** Whether the onsets of events teach how far the series strays: one that has them every hour is left in peace. */
  readonly eventsTeachTails: boolean;
  /**
   * Events are opened by deviations from a baseline that attacks do not teach, or, where nothing is known of the series,
   * by what is new to it.
   */
  readonly opensBy: "deviation" | "news";
  /** A step that has lasted so long, and so many observations, is the new normal. */
  readonly acceptAfterMs: number;
  readonly acceptAfter: number;
}

/** For any series of numbers, of which nothing is known. */
export const anySeries: Sensitivity = {
  counts: false,
  leastVolume: 0,
  leastAge: 30,
  eventsTeachTails: true,
  opensBy: "news",
  acceptAfterMs: 3_600_000,
  acceptAfter: 12,
};

/** For requests counted once a second. */
export const requestsASecond: Sensitivity = {
  ...anySeries,
  counts: true,
  leastVolume: 10,
  leastAge: 600,
  eventsTeachTails: false,
  opensBy: "deviation",
  acceptAfter: 60,
};
