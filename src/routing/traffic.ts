import { Gauge } from "../base/gauge.ts";
import { type BackendId, MAX_BACKENDS } from "../table/backend.ts";
import { MAX_SERVICES } from "../table/service.ts";

/** Requests in progress from this isolate, by backend, and whose turn it is. Outlives snapshots. */
export class Traffic {
  readonly #gauges = new Map<BackendId, Gauge>();
  readonly #turns = new Map<string, number>();

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

  /** Counts up, one for each decision of `round-robin`; for each service apart, or two in step would skip members. */
  nextTurn(service: string): number {
    const turn = ((this.#turns.get(service) ?? -1) + 1) % Number.MAX_SAFE_INTEGER;
    if (turn === 0 && this.#turns.size >= MAX_SERVICES) this.#turns.clear();
    this.#turns.set(service, turn);
    return turn;
  }
}
