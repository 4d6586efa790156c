import type { Screened } from "../../src/shield/screen.ts";
import type { ServiceEntry, Snapshot } from "../../src/table/snapshot.ts";
import { type Limited, Limits, type LimitsDeps } from "./limits.ts";
import type { Passage } from "./passage.ts";

/** A request of a service that is about to be routed. */
export interface Arrival {
  readonly snapshot: Snapshot;
  readonly service: ServiceEntry;
  readonly facts: Screened;
  /** Unix milliseconds. */
  readonly now: number;
}

/** Why the shield does not let a request pass. */
export type Held = Limited;

type Background = (work: Promise<unknown>) => void;

/** What one isolate does against attacks. In the steady state it answers at once, without a promise. */
export class Shield {
  readonly limits: Limits;

  constructor(deps: LimitsDeps) {
    this.limits = new Limits(deps);
  }

  /** `null` lets it pass. */
  guard(arrival: Arrival, background: Background): Held | null | Promise<Held | null> {
    return this.limits.take(arrival, background);
  }

  /** A request has ended, whatever became of it. */
  ended(_passage: Passage, _status: number, _background: Background): void {}
}
