/** How long things take to be true everywhere, in seconds: what a rollover waits for. */
export interface Delays {
  /** No edge signs by keys that it read longer ago. */
  readonly propagationSeconds: number;
  readonly dnskeyTtlSeconds: number;
  /** The longest TTL of any answer: for so long caches keep what a key has signed. */
  readonly maxTtlSeconds: number;
  /** Until all servers of the parent have a new DS. */
  readonly parentPropagationSeconds: number;
  readonly dsTtlSeconds: number;
}

/** Of the sets of keys at the apex. Short enough that a rollover of a ZSK begins to sign within the hour. */
export const DNSKEY_TTL_SECONDS = 3600;

/**
 * An edge that cannot read its keys signs on by those that it has for so long, then answers SERVFAIL: a rollover may
 * have gone on without it, and what it signs would not hold.
 */
export const PROPAGATION_SECONDS = 900;

/**
 * What a plan assumes. A day is the longest TTL that most resolvers keep (RFC 8767, section 4 has a week as the most)
 * and the TTL of DS in nearly all top-level domains; an hour is what registries take to publish.
 */
export const DELAYS: Delays = {
  propagationSeconds: PROPAGATION_SECONDS,
  dnskeyTtlSeconds: DNSKEY_TTL_SECONDS,
  maxTtlSeconds: 86_400,
  parentPropagationSeconds: 3600,
  dsTtlSeconds: 86_400,
};
