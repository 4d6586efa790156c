import type { ColoObserverApi } from "../../durable-objects/colo-observer/api.ts";
import type { Random } from "../../src/base/random.ts";
import type { Screened } from "../../src/shield/screen.ts";
import type { ServiceEntry, Snapshot } from "../../src/table/snapshot.ts";
import type { Outcome } from "./outcome.ts";
import type { Passage } from "./passage.ts";
import { TrafficCount } from "./traffic-count.ts";

/** A request of a service that is about to be routed. */
export interface Arrival {
  readonly snapshot: Snapshot;
  readonly service: ServiceEntry;
  readonly facts: Screened;
  /** Unix milliseconds. */
  readonly now: number;
}

/** Why the shield does not let a request pass. */
export type Held = never;

export interface ShieldDeps {
  readonly observer: (colo: string) => ColoObserverApi;
  readonly now: () => number;
  /** Resolves after so many milliseconds. */
  readonly sleep: (ms: number) => Promise<void>;
  readonly random: Random;
}

type Background = (work: Promise<unknown>) => void;

/** What one isolate does against attacks. In the steady state it answers at once, without a promise. */
export class Shield {
  readonly #traffic: TrafficCount;

  constructor(deps: ShieldDeps) {
    this.#traffic = new TrafficCount(deps);
  }

  /** `null` lets it pass. */
  guard(_arrival: Arrival, _background: Background): Held | null | Promise<Held | null> {
    return null;
  }

  /** A request has ended, whatever became of it. */
  ended(passage: Passage, outcome: Outcome, status: number, background: Background): void {
    this.#traffic.count(passage, outcome, status, background);
  }
}
