import { type BucketSpec, perSecondOf } from "./spec.ts";

/** Edges of one key that tokens are lent to. */
export const MAX_EDGES = 1000;
/** An edge asks again after so long, or so long that all ask some 500 times a second, half of what an object answers. */
const REFRESH_MS = 150;
const MAX_ASKS_PER_SECOND = 500;
export const refreshMsOf = (edges: number): number => Math.max(REFRESH_MS, (edges * 1000) / MAX_ASKS_PER_SECOND);

/**
 * So much of the rate may be lent before it has come. What an edge spends is heard of after an interval and a round trip:
 * this covers ways there and back of up to 240 ms, beyond which an edge runs dry between two answers.
 */
const ROAD_MS = 450;
export const AHEAD_MS = REFRESH_MS + ROAD_MS;
/** Standard deviations of what comes at random, which edges that ask less often have in reserve. */
const RESERVE_DEVIATIONS = 2;

/** Of the rate, what may be lent before it has come beyond `AHEAD_MS`, as many edges ask less often. */
export const moreAheadMsOf = (edges: number): number => refreshMsOf(Math.min(MAX_EDGES, edges)) - REFRESH_MS;

/** Tokens beyond its share that an edge of so many holds, as what comes at random is seldom what was expected. */
export const reserveOf = (share: number, edges: number): number =>
  RESERVE_DEVIATIONS * Math.sqrt((share * moreAheadMsOf(edges)) / 1000);

/** Tokens that may be lent beyond what few edges may, when there are so many. */
export function moreAheadOf(spec: BucketSpec, edges: number): number {
  const perSecond = perSecondOf(spec);
  return Math.floor((perSecond * moreAheadMsOf(edges)) / 1000 + Math.sqrt(edges) * reserveOf(perSecond, edges));
}

/** Tokens that were lent run out so long after the ask that they answer; those of a slow limit that are to last, later. */
export const LEASE_LIFE_MS = 1500;
const MAX_LEASE_LIFE_MS = 30_000;
/** They outlive the time at which the edge asks again by so much at least. */
const BEYOND_REFRESH_MS = 1000;
/** A bucket that takes longer to fill is a slow limit's: what its owner knows is to outlive its memory, which is some 10 s. */
const SLOW_MS = 5000;
/** Of the time that a slow limit's bucket takes to fill, what is lent of it lives a quarter. */
const LIFE_PART = 4;

export const isSlow = (spec: BucketSpec): boolean => fillMsOf(spec) > SLOW_MS;

export function lifeMsOf(spec: BucketSpec, edges: number): number {
  const leastMs = Math.max(LEASE_LIFE_MS, refreshMsOf(edges) + BEYOND_REFRESH_MS);
  return isSlow(spec)
    ? Math.min(MAX_LEASE_LIFE_MS, Math.max(leastMs, Math.floor(fillMsOf(spec) / LIFE_PART)))
    : leastMs;
}

/**
 * Of a loan its owner counts on so much more than it lives. An edge counts its life from the moment at which it asked, which
 * is before the owner heard of it, so that all of this is left for clocks that differ.
 */
export const GRACE_MS = 1500;

const fillMsOf = (spec: BucketSpec): number => (spec.burst * 1000) / perSecondOf(spec);
