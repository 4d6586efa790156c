import { type BucketSpec, perSecondOf } from "./spec.ts";

/**
 * So much of the rate may be lent before it has come. What an edge spends is heard of after an interval and a round trip:
 * this covers ways there and back of up to 240 ms, beyond which an edge runs dry between two answers.
 */
export const AHEAD_MS = 600;
/** Tokens that were lent run out so long after the ask that they answer; those of a slow limit that are to last, later. */
export const LEASE_LIFE_MS = 1500;
const MAX_LEASE_LIFE_MS = 30_000;
/** A bucket that takes longer to fill is a slow limit's: what its owner knows is to outlive its memory, which is some 10 s. */
const SLOW_MS = 5000;
/** Of the time that a slow limit's bucket takes to fill, what is lent of it lives a quarter. */
const LIFE_PART = 4;

export const isSlow = (spec: BucketSpec): boolean => fillMsOf(spec) > SLOW_MS;

export function lifeMsOf(spec: BucketSpec): number {
  if (!isSlow(spec)) return LEASE_LIFE_MS;
  return Math.min(MAX_LEASE_LIFE_MS, Math.max(LEASE_LIFE_MS, Math.floor(fillMsOf(spec) / LIFE_PART)));
}

/**
 * Of a loan its owner counts on so much more than it lives. An edge counts its life from the moment at which it asked, which
 * is before the owner heard of it, so that all of this is left for clocks that differ.
 */
export const GRACE_MS = 1500;

const fillMsOf = (spec: BucketSpec): number => (spec.burst * 1000) / perSecondOf(spec);
