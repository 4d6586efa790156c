import type { Ask, Grant } from "../../src/shield/limit/message.ts";

/**
 * The owner of one token bucket, which it lends to edges. Its name says the policy, what the bucket is (rate, period and
 * burst) and the key that is limited.
 */
export interface RateLimiterApi {
  /**
   * Lends tokens, and takes back those that are returned. An ask that comes twice is answered the same and counts once.
   * `null`: it cannot be understood, or is of another bucket; the edge then decides as when nobody can be reached.
   */
  ask(ask: Ask): Promise<Grant | null>;
}
