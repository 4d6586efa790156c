import type { AttackReport } from "../../src/shield/attack.ts";
import { type GoodClient, MAX_SIGHTED } from "../../src/shield/traffic/good-clients.ts";
import type { Env } from "../../workers/env.ts";
import { mitigator } from "../stubs.ts";
import { withTimeout } from "../with-timeout.ts";

/** A mitigator that does not answer by then is told again with the next second. */
const TIMEOUT_MS = 2000;
/** That an attack has ended is said until it is heard, so often at most. */
const MAX_TRIES = 120;
const MAX_ATTACKS = 200;

interface Waiting {
  report: AttackReport;
  tries: number;
  isUnderWay: boolean;
}

/** Reports on their way to the mitigator: of each attack the newest alone, and one at a time. */
export class Reports {
  readonly #env: Env;
  readonly #waiting = new Map<string, Waiting>();

  constructor(env: Env) {
    this.#env = env;
  }

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  post(reports: readonly AttackReport[]): void {
    for (const report of reports) {
      const waiting = this.#waiting.get(report.id);
      if (waiting) Object.assign(waiting, { report, tries: 0 });
      else if (this.#waiting.size < MAX_ATTACKS) this.#waiting.set(report.id, { report, tries: 0, isUnderWay: false });
    }
  }

  /** Tells what is not under way. */
  async send(): Promise<void> {
    const idle = [...this.#waiting].filter(([, { isUnderWay }]) => !isUnderWay);
    await Promise.all(idle.map(([id, waiting]) => this.#tell(id, waiting)));
  }

  async #tell(id: string, waiting: Waiting): Promise<void> {
    const { report } = waiting;
    waiting.isUnderWay = true;
    waiting.tries += 1;
    try {
      await withTimeout(mitigator(this.#env).attacked(report), TIMEOUT_MS);
      if (waiting.report === report) this.#waiting.delete(id);
    } catch (cause) {
      console.warn(`anomaly detector: the mitigator cannot be told of attack ${id}`, cause);
      const isWorthIt = waiting.report.state === "ended" && waiting.tries < MAX_TRIES;
      if (waiting.report === report && !isWorthIt) this.#waiting.delete(id);
    } finally {
      waiting.isUnderWay = false;
    }
  }

  /** Losing them costs nothing: there are others in the next minute. */
  async sight(clients: readonly GoodClient[]): Promise<void> {
    if (clients.length === 0) return;
    try {
      await withTimeout(mitigator(this.#env).sighted(clients.slice(0, MAX_SIGHTED)), TIMEOUT_MS);
    } catch (cause) {
      console.warn("anomaly detector: the mitigator cannot be told of good clients", cause);
    }
  }
}
