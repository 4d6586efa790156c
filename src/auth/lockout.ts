/** Failed attempts of one principal, or from one address. */
export interface Attempts {
  /** 1 to MAX_FAILURES. */
  readonly failures: number;
  /** The last failure, in Unix milliseconds. */
  readonly lastAt: number;
}

/** What is bounded: how long somebody waits at most. */
export interface LockoutLimits {
  readonly maxDelayMs: number;
}

/**
 * A stranger can lock a principal out, but not for longer than this; and one guess a minute finds a code of six digits,
 * three of which are right at a time, in half a year, if the password is known.
 */
export const principalLimits: LockoutLimits = { maxDelayMs: 60_000 };
/** Nobody suffers from this but who shares the address. */
export const addressLimits: LockoutLimits = { maxDelayMs: 900_000 };

/** Slips of the fingers that cost no delay. */
const FREE_FAILURES = 3;
const FIRST_DELAY_MS = 1000;
/** One failure is forgiven after each of these. */
const DECAY_MS = 600_000;
/** Past it the delay of either kind is at its maximum; what is counted no further is soon forgiven. */
const MAX_FAILURES = 16;
/** After this nothing is left of any failures. */
export const FORGIVEN_MS = MAX_FAILURES * DECAY_MS;

/** Unix milliseconds until which attempts are refused unseen; they do not count, so that a wait has an end. */
export function lockedUntil(attempts: Attempts | null, now: number, { maxDelayMs }: LockoutLimits): number {
  if (attempts === null) return 0;
  const beyond = decayed(attempts, now) - FREE_FAILURES;
  return beyond <= 0 ? 0 : attempts.lastAt + Math.min(maxDelayMs, FIRST_DELAY_MS * 2 ** (beyond - 1));
}

/**
 * An attempt counts as failed until it has succeeded, so that attempts at the same time do not all go free. Success
 * puts an address back to what it was, so that an account of one's own forgives nothing, and a principal to `null`.
 */
export function beginAttempt(attempts: Attempts | null, now: number): Attempts {
  const failures = attempts === null ? 0 : decayed(attempts, now);
  return { failures: Math.min(MAX_FAILURES, failures + 1), lastAt: now };
}

const decayed = ({ failures, lastAt }: Attempts, now: number) =>
  Math.max(0, failures - Math.floor(Math.max(0, now - lastAt) / DECAY_MS));
