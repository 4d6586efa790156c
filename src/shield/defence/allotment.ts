import { isOfAddress, isSilent, type RateLimit } from "../../table/rate-limit.ts";
import type { LimitEntry } from "../../table/snapshot.ts";
import { MIN_PER_SECOND } from "../ban/suspects.ts";
import type { SharedBucket } from "../limit/spec.ts";

const MAX_RATE = 10_000_000;

/** So many requests a second, with what comes in a second at once. Fractions are kept by a longer period. */
export function allot(name: string, perSecond: number): SharedBucket {
  const burst = Math.min(MAX_RATE, Math.max(1, Math.ceil(perSecond)));
  const isWhole = Number.isInteger(perSecond) || perSecond >= 100;
  const periodSeconds = isWhole ? 1 : 1000;
  const rate = Math.min(MAX_RATE, Math.max(1, Math.round(perSecond * periodSeconds)));
  return { name, rate, periodSeconds, burst, whenUnreachable: "divide" };
}

/** Of what its rate limits leave a client, while its service is limited by hand. */
const LEFT_BY_HAND = 0.1;
/** Where no limit is by the client's address alone, and for all of the service. */
const DEFAULT_PER_SECOND = 1000;

/**
 * What each client may send while a person has set the level `limit`: a tenth of the least that a rate limit by its
 * address gives it on the whole service. One for a path or a method says nothing of the rest: with it, five sign-ins a
 * minute would make half a request a minute of all.
 */
export function perClientByHand(limits: readonly LimitEntry[]): number {
  const rates = limits
    .filter(({ limit }) => isOfAddress(limit) && isOfWhole(limit))
    .filter(({ limit }) => !isSilent(limit) && limit.cost > 0)
    .map(({ limit: { rate, periodSeconds, cost } }) => rate / periodSeconds / cost);
  return Math.min(DEFAULT_PER_SECOND, ...rates) * LEFT_BY_HAND;
}

/** What a browser needs to load a page, and nobody is taken for an attacker by. */
const LEAST_CLEARED = MIN_PER_SECOND;

/** What each client may send of requests like those of an attack once it has met a challenge, in requests a second. */
export const perClearedClient = (limits: readonly LimitEntry[]): number =>
  Math.max(LEAST_CLEARED, perClientByHand(limits));

const isOfWhole = ({ pathPrefix, methods }: RateLimit): boolean => pathPrefix === "/" && methods === null;
