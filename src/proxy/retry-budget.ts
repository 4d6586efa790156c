/** Requests count towards the budget for this long. */
const WINDOW_MS = 10_000;
/** The window is kept in as many parts, each dropped as a whole. */
const PARTS = 10;
const PART_MS = WINDOW_MS / PARTS;
/** Retries that are allowed in any case, so that a quiet service can retry at all. */
export const MIN_RETRIES_PER_SECOND = 10;

/**
 * Bounds retries to a percentage of the requests of the last ten seconds, so that they cannot multiply the load of a
 * service that is failing as a whole: Finagle's `RetryBudget`. Envoy's counts what is in progress at the moment,
 * and would refuse the very retries that carry a service over the death of a region, when for a short time every
 * request in progress needs one. One for each service.
 */
export class RetryBudget {
  readonly #requests = new Float64Array(PARTS);
  readonly #retries = new Float64Array(PARTS);
  #part = 0;

  request(now: number): void {
    this.#roll(now);
    this.#add(this.#requests);
  }

  /** Takes one retry from the budget, if there is one. */
  take(percent: number, now: number): boolean {
    this.#roll(now);
    const allowed = (sum(this.#requests) * percent) / 100 + (MIN_RETRIES_PER_SECOND * WINDOW_MS) / 1000;
    if (sum(this.#retries) >= allowed) return false;
    this.#add(this.#retries);
    return true;
  }

  #add(counts: Float64Array): void {
    const at = this.#part % PARTS;
    counts[at] = (counts[at] as number) + 1;
  }

  #roll(now: number): void {
    const part = Math.floor(now / PART_MS);
    const first = Math.max(this.#part + 1, part - PARTS + 1);
    for (let each = first; each <= part; each++) {
      this.#requests[each % PARTS] = 0;
      this.#retries[each % PARTS] = 0;
    }
    this.#part = Math.max(this.#part, part);
  }
}

const sum = (counts: Float64Array): number => counts.reduce((total, count) => total + count, 0);
