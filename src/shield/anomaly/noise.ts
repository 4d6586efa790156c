/** No noise is taken to be less than this part of what is expected: what seems constant may have been rounded. */
const LEAST_PART = 0.005;
/** Keeps what is constant at 0 from dividing by it. */
const LEAST_SIGMA = 1e-300;

/** The least standard deviation of a series where this is expected, in its own unit. */
export const leastNoiseOf = (expected: number): number => Math.max(LEAST_SIGMA, LEAST_PART * Math.abs(expected));

/**
 * Counts of independent arrivals have the variance of their mean (Poisson), and no less than 1. Where each that was
 * counted stands for several, as in a sample, so much more.
 */
export const arrivalNoiseOf = (expected: number, standsFor: number): number =>
  Math.sqrt(standsFor * Math.max(standsFor, expected));
