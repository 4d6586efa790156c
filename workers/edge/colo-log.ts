import { MAX_REPORTED } from "../../durable-objects/colo-observer/api.ts";
import type { Sample } from "../../src/routing/latency/learner.ts";
import type { ColoDemand } from "../../src/simulation/population.ts";
import { MAX_REGIONS } from "../../src/table/region.ts";

/** Traffic gives one sample of a region in this time: more would tell no more, and each costs the reading of a header. */
const SAMPLE_EVERY_MS = 1000;

/** What was logged since it was last taken. */
export interface Logged {
  readonly samples: readonly Sample[];
  readonly demand: readonly ColoDemand[];
  /** Ids of the regions that traffic went to because they were held to be fast. */
  readonly used: ReadonlySet<string>;
}

/** What one isolate has seen of one colo's traffic, in memory of a fixed size. */
export class ColoLog {
  #samples: Sample[] = [];
  #demand = new Map<string, Map<string | null, number>>();
  #pairs = 0;
  #used = new Set<string>();
  readonly #sampleDueAt = new Map<string, number>();

  get isEmpty(): boolean {
    return this.#samples.length === 0 && this.#pairs === 0;
  }

  /** Counts a request. On the path of each, so that it makes nothing. Pairs beyond what a report holds are not counted. */
  count(service: string, country: string | null): void {
    let countries = this.#demand.get(service);
    if (!countries) {
      countries = new Map();
      this.#demand.set(service, countries);
    }
    const before = countries.get(country);
    if (before === undefined) {
      if (this.#pairs >= MAX_REPORTED) return;
      this.#pairs += 1;
    }
    countries.set(country, (before ?? 0) + 1);
  }

  use(region: string): void {
    this.#used.add(region);
  }

  /** Whether a sample of a region's traffic is wanted now; if so, no other is for a while. */
  takeTurn(region: string, now: number): boolean {
    if (now < (this.#sampleDueAt.get(region) ?? 0)) return false;
    if (this.#sampleDueAt.size >= MAX_REGIONS) this.#sampleDueAt.clear();
    this.#sampleDueAt.set(region, now + SAMPLE_EVERY_MS);
    return true;
  }

  add(sample: Sample): void {
    if (this.#samples.length < MAX_REPORTED) this.#samples.push(sample);
  }

  take(): Logged {
    const demand = [...this.#demand].flatMap(([service, countries]) =>
      [...countries].map(([country, requests]) => ({ service, country, requests })),
    );
    const logged = { samples: this.#samples, demand, used: this.#used };
    this.#samples = [];
    this.#demand = new Map();
    this.#pairs = 0;
    this.#used = new Set();
    return logged;
  }
}
