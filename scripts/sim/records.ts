import type { Failovers } from "../../src/table/failover.ts";
import type { Health } from "../../src/table/table.ts";
import type { Configuration } from "./configuration.ts";
import type { Errand, Observation } from "./observation.ts";

/** Requests that are remembered; an answer does not take as long as this many others. */
export const KEPT_REQUESTS = 20_000;
/** No isolate is so far behind. */
const KEPT_EPOCHS = 2000;

export interface KnownRequest {
  readonly errand: Errand;
  /** What it was decided from. */
  view: {
    readonly epoch: number;
    readonly configuration: Configuration;
    readonly health: Health;
    readonly failovers: Failovers;
  } | null;
  /** The backends that it went to, in order. */
  readonly tries: string[];
}

/** What several invariants need to remember of what was observed. To be shown each observation before they are. */
export class Records {
  readonly #configurations = new Map<number, Configuration>();
  readonly #requests = new Map<number, KnownRequest>();

  see(observation: Observation): void {
    switch (observation.kind) {
      case "table":
        this.#configurations.set(observation.epoch, observation.configuration);
        this.#configurations.delete(observation.epoch - KEPT_EPOCHS);
        return;
      case "request": {
        const { errand } = observation;
        this.#requests.set(errand.number, { errand, view: null, tries: [] });
        this.#requests.delete(errand.number - KEPT_REQUESTS);
        return;
      }
      case "view": {
        const known = observation.request === null ? undefined : this.#requests.get(observation.request);
        const configuration = this.#configurations.get(observation.epoch);
        const { epoch, health, failovers } = observation;
        if (known && configuration) known.view = { epoch, configuration, health, failovers };
        return;
      }
      case "try":
        this.#requests.get(observation.request)?.tries.push(observation.backend);
        return;
      default:
        return;
    }
  }

  request(number: number): KnownRequest | undefined {
    return this.#requests.get(number);
  }

  /** As of an epoch, unless it is long past. */
  configuration(epoch: number): Configuration | undefined {
    return this.#configurations.get(epoch);
  }

  regionOf({ backends }: Configuration, backend: string): string | null {
    return (backends?.[backend] as { readonly region: string } | undefined)?.region ?? null;
  }
}
