import type { Suspicion } from "../../durable-objects/health-monitor/api.ts";
import type { RoutingTableApi } from "../../durable-objects/routing-table/api.ts";
import type { BackendId } from "../../src/table/backend.ts";

/** Suspicions that wait to be sent; more backends than this failing at once are found by the monitors themselves. */
const MAX_WAITING = 100;

/** Tells the table which backends fail real traffic. Losing a report costs only time: the monitors probe anyway. */
export class Reporter {
  readonly #table: () => RoutingTableApi;
  readonly #waiting = new Map<BackendId, string>();

  constructor(table: () => RoutingTableApi) {
    this.#table = table;
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
      await this.#table().suspect(suspicions);
    } catch (error) {
      console.warn("routing table unreachable for suspicions", error);
    }
  }
}
