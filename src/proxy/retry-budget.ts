import { Gauge } from "../base/gauge.ts";

/** Retries that are always allowed at a time, so that a quiet service can retry at all: Envoy's `min_retry_concurrency`. */
export const MIN_RETRY_CONCURRENCY = 3;

/**
 * Envoy's retry budget (`RetryBudget`): retries in progress are at most a percentage of the requests in progress,
 * so that retries cannot multiply the load of a service that is failing as a whole. One for each service.
 */
export class RetryBudget {
  readonly active = new Gauge();
  readonly retries = new Gauge();

  allows(percent: number, now: number): boolean {
    const limit = Math.max(MIN_RETRY_CONCURRENCY, (this.active.value(now) * percent) / 100);
    return this.retries.value(now) < limit;
  }
}
