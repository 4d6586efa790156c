/** The owner of one token bucket, which it leases to edges. Its name is the policy and the key that is limited. */
export interface RateLimiterApi {
  /** To be replaced by the leases. */
  ping(): Promise<null>;
}
