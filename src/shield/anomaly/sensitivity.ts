/** What is known of a series besides its values. A detector that is not told finds it out. */
export interface Sensitivity {
  /** Whether values are counts, whose noise is never less than that of independent arrivals. */
  readonly counts: boolean;
  /** Nothing is an anomaly where less than this is expected and less is seen. */
  readonly leastVolume: number;
  /** Nor before so many observations. */
  readonly leastAge: number;
}

/** For requests counted once a second: fewer than ten call for nobody, and nothing is done before ten minutes. */
export const requestsASecond: Sensitivity = { counts: true, leastVolume: 10, leastAge: 600 };

const WEEK_MS = 7 * 86_400_000;
/** Observations before which nothing is known of a series, whoever asks. */
export const LEAST_AGE = 30;
/** An anomaly lasts so long, unless it is far out, */
const LASTING_MS = 3000;
/** or so many observations where they come faster. */
const MOST_COMPANY = 3;
/** From this interval on, what happens again and again is usual. */
const RECURRING_FROM_MS = 60_000;

/** Observations of which chance may call one an anomaly where they are farther apart than hours: as many as a week has. */
const LEAST_APART = 168;

/** What chance alone would show once a week: -ln of the probability of an observation. */
export const weeklyRarity = (intervalMs: number): number =>
  Math.log(Math.max(LEAST_APART, WEEK_MS / Math.max(1, intervalMs)));

/** So many of five observations have to be out together where seconds are counted: k of n, lest one burst be an attack. */
export const leastCompanyAt = (intervalMs: number): number =>
  Math.min(MOST_COMPANY, Math.ceil(LASTING_MS / Math.max(1, intervalMs)));

/**
 * Whether events teach what is usual and how far the series strays. Of seconds they do not: who attacks each hour must be
 * found each hour, and nobody may get a baseline used to him. Of minutes and hours, what comes more often than once a week
 * is no anomaly.
 */
export const doEventsTeach = (intervalMs: number): boolean => intervalMs >= RECURRING_FROM_MS;
