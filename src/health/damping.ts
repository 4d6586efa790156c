// Route-flap damping (RFC 2439) for backends: each fall costs a penalty that decays with time; above one threshold
// the backend is suppressed, below another it is used again. The penalty and the thresholds are those of common
// routers (1000, 2000, 750). The times are shorter, since here a fall is confirmed within seconds rather than told
// by minutes of updates: the third fall within two minutes suppresses for about three minutes, and a backend that
// falls less than once in two minutes is never suppressed.
export const FALL_PENALTY = 1000;
export const SUPPRESS_ABOVE = 2000;
export const REUSE_BELOW = 750;
export const PENALTY_HALF_LIFE_MS = 120_000;
/** Whatever it did, a backend that stays up is used again after this time (RFC 2439, section 4.2, `T-hold`). */
export const MAX_SUPPRESSION_MS = 300_000;
export const PENALTY_CEILING = REUSE_BELOW * 2 ** (MAX_SUPPRESSION_MS / PENALTY_HALF_LIFE_MS);

/** The penalty as it was at a time, in Unix milliseconds; what it is now follows. */
export interface Damping {
  readonly penalty: number;
  readonly at: number;
  readonly suppressed: boolean;
}

export const undamped: Damping = { penalty: 0, at: 0, suppressed: false };

/** Adds the penalty of one fall. */
export function fall(damping: Damping, now: number): Damping {
  const penalty = Math.min(PENALTY_CEILING, penaltyAt(damping, now) + FALL_PENALTY);
  return { penalty, at: now, suppressed: damping.suppressed || penalty > SUPPRESS_ABOVE };
}

/** Ends the suppression once the penalty has decayed. */
export function settle(damping: Damping, now: number): Damping {
  return damping.suppressed && now >= reuseAt(damping) ? { ...damping, suppressed: false } : damping;
}

export function penaltyAt(damping: Damping, now: number): number {
  return damping.penalty * 2 ** (-Math.max(0, now - damping.at) / PENALTY_HALF_LIFE_MS);
}

/** When the penalty reaches the reuse threshold, in Unix milliseconds. */
export function reuseAt(damping: Damping): number {
  const halfLives = Math.max(0, Math.log2(damping.penalty / REUSE_BELOW));
  return Math.ceil(damping.at + PENALTY_HALF_LIFE_MS * halfLives);
}
