/** What a bridge has done since it started. */
export interface Counters {
  /** Queries that could be read. */
  queries: number;
  hits: number;
  /** Answered from what the cache had past its time. */
  stale: number;
  /** Asked of the Worker. */
  asked: number;
  failed: number;
  /** Said to be asked over TCP instead, and not answered at all, by the rate limit. */
  cut: number;
  dropped: number;
  refused: number;
  /** Neither answered nor refused: no queries, and queries past the limits. */
  ignored: number;
}

export const zeroCounters = (): Counters => ({
  queries: 0,
  hits: 0,
  stale: 0,
  asked: 0,
  failed: 0,
  cut: 0,
  dropped: 0,
  refused: 0,
  ignored: 0,
});
