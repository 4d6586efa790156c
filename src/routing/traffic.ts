import { Gauge } from "../base/gauge.ts";
import { type BackendId, MAX_BACKENDS } from "../table/backend.ts";

/** Requests in progress from this isolate, by backend, and whose turn it is. Outlives snapshots. */
export class Traffic {
  readonly #gauges = new Map<BackendId, Gauge>();
  #turn = 0;

  /** The gauge of a backend: `begin` when a try starts, `end` when its response begins or fails. */
  gauge(backend: BackendId): Gauge {
    let gauge = this.#gauges.get(backend);
    if (!gauge) {
      gauge = new Gauge();
      if (this.#gauges.size >= MAX_BACKENDS) this.#gauges.clear();
      this.#gauges.set(backend, gauge);
    }
    return gauge;
  }

  outstanding(backend: BackendId, now: number): number {
    return this.#gauges.get(backend)?.value(now) ?? 0;
  }

  /** Counts up, one for each decision of `round-robin`. */
  nextTurn(): number {
    this.#turn = (this.#turn + 1) % Number.MAX_SAFE_INTEGER;
    return this.#turn;
  }
}
