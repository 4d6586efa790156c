import type { HealthMonitorApi, Suspicion } from "../../durable-objects/health-monitor/api.ts";
import type { BackendId } from "../../src/table/backend.ts";

/** Suspicions that wait to be sent; more backends than this failing at once are found by the monitor itself. */
const MAX_WAITING = 100;

/** Tells the health monitor which backends fail real traffic. Losing a report costs only time: the monitor probes anyway. */
export class Reporter {
  readonly #monitor: () => HealthMonitorApi;
  readonly #waiting = new Map<BackendId, string>();

  constructor(monitor: () => HealthMonitorApi) {
    this.#monitor = monitor;
  }

  suspect(backend: BackendId, detail: string): void {
    if (this.#waiting.size < MAX_WAITING) this.#waiting.set(backend, detail);
  }

  flush(background: (work: Promise<unknown>) => void): void {
    if (this.#waiting.size === 0) return;
    const suspicions: Suspicion[] = [...this.#waiting].map(([backend, detail]) => ({ backend, detail }));
    this.#waiting.clear();
    background(this.#send(suspicions));
  }

  async #send(suspicions: readonly Suspicion[]): Promise<void> {
    try {
      await this.#monitor().suspect(suspicions);
    } catch (error) {
      console.warn("health monitor unreachable", error);
    }
  }
}
