/** How a bucket fills: `rate` tokens in a period, up to `capacity`. */
export interface Pace {
  readonly capacity: number;
  readonly rate: number;
  readonly periodMs: number;
}

export interface Bucket {
  /** Tokens times the milliseconds of a period, so that whole milliseconds add whole numbers. */
  readonly level: number;
  /** Unix milliseconds. */
  readonly at: number;
}

export const fullBucket = ({ capacity, periodMs }: Pace, at: number): Bucket => ({ level: capacity * periodMs, at });

/** Takes so many tokens, if they are there. A clock that goes backwards adds none. */
export function spend(
  { capacity, rate, periodMs }: Pace,
  { level, at }: Bucket,
  tokens: number,
  now: number,
): { readonly bucket: Bucket; readonly isAdmitted: boolean } {
  const filled = Math.min(capacity * periodMs, level + Math.max(0, now - at) * rate);
  const asked = tokens * periodMs;
  const isAdmitted = asked <= filled;
  return { bucket: { level: isAdmitted ? filled - asked : filled, at: Math.max(at, now) }, isAdmitted };
}
