import { calm } from "../routing/calm.ts";
import { isFailedOver } from "../routing/diversion.ts";
import { isHealthy, takesNewClients } from "../routing/standing.ts";
import type { Snapshot } from "../table/snapshot.ts";
import type { Fate, RegionShare } from "./fate.ts";
import type { Sample } from "./quantile.ts";

export interface RegionTraffic {
  readonly share: number;
  /** Connections of its backends that are up and take new clients: its capacity. */
  readonly connections: number;
  /** Requests in progress at a time; `null` without a rate. */
  readonly concurrent: number | null;
  /** `concurrent` as a part of `connections`; `null` without a rate or a capacity. Above 1 it is overloaded. */
  readonly use: number | null;
}

/** What becomes of the traffic; the parts sum to 1. */
export interface Outcome {
  readonly served: number;
  /** Sent to backends that are down, by panic or by failing open; retries may still save it. */
  readonly unhealthy: number;
  readonly refused: number;
  readonly noneHealthy: number;
  readonly noService: number;
}

export interface Terms {
  /** Unix milliseconds: slow start depends on it. */
  readonly now: number;
  /** The whole population's; `null` when it is not known. */
  readonly requestsPerSecond: number | null;
  /**
   * How long a backend works on a request, milliseconds. A request holds a connection of its backend for this and the
   * round trip, so that by Little's law (L = λW) a region has rate times that in progress.
   */
  readonly serviceMs: number;
}

/** What one table does with a population, added up row by row. */
export class Tally {
  readonly snapshot: Snapshot;
  readonly latencies: Sample[] = [];
  readonly outcome = { served: 0, unhealthy: 0, refused: 0, noneHealthy: 0, noService: 0 };
  readonly #terms: Terms;
  readonly #regions = new Map<string, { share: number; concurrent: number }>();

  constructor(snapshot: Snapshot, terms: Terms) {
    this.snapshot = snapshot;
    this.#terms = terms;
  }

  add(fate: Fate, share: number): void {
    switch (fate.kind) {
      case "served":
        for (const region of fate.regions) this.#serve(region, share);
        break;
      case "refused":
        this.outcome.refused += share;
        break;
      case "none-healthy":
        this.outcome.noneHealthy += share;
        break;
      case "no-service":
        this.outcome.noService += share;
        break;
    }
  }

  traffic(id: string): RegionTraffic | null {
    const entry = this.snapshot.regions.find((region) => region.id === id);
    if (!entry) return null;
    const able = this.snapshot.backends.filter(
      (each) =>
        each.region === entry &&
        takesNewClients(each) &&
        !isFailedOver(entry) &&
        isHealthy(each, calm, this.#terms.now, "table"),
    );
    const connections = able.reduce((sum, { backend }) => sum + backend.connections, 0);
    const { share, concurrent } = this.#regions.get(id) ?? { share: 0, concurrent: 0 };
    if (this.#terms.requestsPerSecond === null) return { share, connections, concurrent: null, use: null };
    return { share, connections, concurrent, use: connections > 0 ? concurrent / connections : null };
  }

  #serve({ region, share, unhealthy, ms }: RegionShare, placeShare: number): void {
    const part = placeShare * share;
    this.outcome.unhealthy += placeShare * unhealthy;
    this.outcome.served += part - placeShare * unhealthy;
    this.latencies.push({ value: ms, weight: part });
    const sum = this.#regions.get(region) ?? { share: 0, concurrent: 0 };
    sum.share += part;
    sum.concurrent += ((this.#terms.requestsPerSecond ?? 0) * part * (ms + this.#terms.serviceMs)) / 1000;
    this.#regions.set(region, sum);
  }
}
