import type { ColoDemand } from "../../src/simulation/population.ts";

/** Pairs of service and country that are counted apart; what is over is counted without its country. */
const MAX_PAIRS = 200;
/** Services beyond these are not counted once the pairs are spent. */
const MAX_ENTRIES = 400;

/** Requests by service and country since they were last taken. */
export class DemandCount {
  #counts = new Map<string, ColoDemand>();

  get isEmpty(): boolean {
    return this.#counts.size === 0;
  }

  add({ service, country, requests }: ColoDemand): void {
    const exact = keyOf(service, country);
    const kept = this.#counts.has(exact) || this.#counts.size < MAX_PAIRS;
    const key = kept ? exact : keyOf(service, null);
    const before = this.#counts.get(key);
    if (!before && this.#counts.size >= MAX_ENTRIES) return;
    this.#counts.set(key, { service, country: kept ? country : null, requests: (before?.requests ?? 0) + requests });
  }

  take(): ColoDemand[] {
    const taken = [...this.#counts.values()];
    this.#counts = new Map();
    return taken;
  }
}

const keyOf = (service: string, country: string | null): string => `${service} ${country}`;
