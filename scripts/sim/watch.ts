import { Connections } from "./connections.ts";
import { allowlistedPass } from "./invariant/allowlisted-pass.ts";
import { bannedRest } from "./invariant/banned-rest.ts";
import { changesArrive } from "./invariant/changes-arrive.ts";
import { defencesEnd } from "./invariant/defences-end.ts";
import { ejectedRest } from "./invariant/ejected-rest.ts";
import { epochNeverGoesBack } from "./invariant/epoch-never-goes-back.ts";
import { failedOverRest } from "./invariant/failed-over-rest.ts";
import { incidentsEnd } from "./invariant/incidents-end.ts";
import { limitsHold } from "./invariant/limits-hold.ts";
import { noCrash } from "./invariant/no-crash.ts";
import { retriesInBudget } from "./invariant/retries-in-budget.ts";
import { rollbackIsExact } from "./invariant/rollback-is-exact.ts";
import { staysPermitted } from "./invariant/stays-permitted.ts";
import type { Invariant, Observation } from "./observation.ts";
import { Records } from "./records.ts";

export interface Violation {
  readonly invariant: string;
  readonly evidence: string;
  /** Virtual Unix milliseconds. */
  readonly at: number;
}

/** Shows every invariant what happens, and keeps the first violation. */
export class Watch {
  violation: Violation | null = null;
  readonly #now: () => number;
  readonly #records = new Records();
  readonly #connections = new Connections();
  readonly #invariants: readonly Invariant[];

  constructor(now: () => number) {
    this.#now = now;
    this.#invariants = [
      epochNeverGoesBack(),
      staysPermitted(this.#records),
      rollbackIsExact(),
      ejectedRest(this.#records),
      failedOverRest(this.#records),
      retriesInBudget(this.#records),
      changesArrive(this.#connections),
      bannedRest(this.#records, this.#connections),
      allowlistedPass(this.#records),
      limitsHold(this.#records),
      defencesEnd(),
      incidentsEnd(),
      noCrash(),
    ];
  }

  /** The names of all that is checked. */
  get invariants(): readonly string[] {
    return this.#invariants.map(({ name }) => name);
  }

  see(observation: Observation): void {
    if (this.violation) return;
    const at = this.#now();
    this.#records.see(observation);
    this.#connections.see(observation, at);
    for (const invariant of this.#invariants) {
      const evidence = invariant.see(observation, at);
      if (evidence !== null) this.violation ??= { invariant: invariant.name, evidence, at };
    }
  }
}
