import { locationHints } from "../../src/table/region.ts";
import type { Env } from "../../workers/env.ts";
import type { HealthMonitorApi, Suspicion } from "../health-monitor/api.ts";
import { healthMonitor } from "../stubs.ts";

/** For one backend the vantages are asked to look no more often than so, however many edges and vantages ask for it. */
const LOOK_EVERY_MS = 1000;

/** The health monitors, called without waiting. What they do not hear of they find out by themselves, later. */
export class Monitors {
  readonly #env: Env;
  /** Backends at which the vantages were told to look, and when, Unix milliseconds. */
  readonly #told = new Map<string, number>();

  constructor(env: Env) {
    this.#env = env;
  }

  wake(): void {
    this.#each("woken", (monitor) => monitor.ensureRunning());
  }

  /** Has all vantages check these backends now. */
  look(suspicions: readonly Suspicion[], now: number): void {
    // A clock that was set back does not hold them up.
    for (const [backend, at] of this.#told) if (Math.abs(now - at) >= LOOK_EVERY_MS) this.#told.delete(backend);
    const fresh = suspicions.filter(({ backend }) => !this.#told.has(backend));
    if (fresh.length === 0) return;
    for (const { backend } of fresh) this.#told.set(backend, now);
    this.#each("told of suspicions", (monitor) => monitor.suspect(fresh));
  }

  #each(what: string, call: (monitor: HealthMonitorApi) => Promise<void>): void {
    for (const vantage of locationHints) {
      const work = async () => call(healthMonitor(this.#env, vantage));
      work().catch((cause) => console.warn(`routing table: the health monitor ${vantage} could not be ${what}`, cause));
    }
  }
}
