import { deleteIncidentsBefore, keepIncidents } from "../../src/adapters/d1/incidents.ts";
import {
  deleteTransitionsBefore,
  insertTransitions,
  type KeptTransition,
} from "../../src/adapters/d1/region-transitions.ts";
import type { Incidents } from "./incidents.ts";

/** Of each kind in one flush. */
const FLUSH_ROWS = 200;
/** Changes of state that may wait for D1; the oldest give way. */
const MAX_WAITING = 10_000;
const RETRY_MS = 2000;
const MAX_RETRY_MS = 300_000;
const KEPT_MS = 90 * 86_400_000;
const SWEEP_EVERY_MS = 86_400_000;

/** Brings changes of state and incidents to D1, again and again until D1 takes them. */
export class Courier {
  readonly #storage: DurableObjectStorage;
  readonly #incidents: Incidents;
  readonly #db: D1Database;
  #retryAt = 0;
  #failures = 0;
  #sweptAt = 0;

  constructor(storage: DurableObjectStorage, incidents: Incidents, db: D1Database) {
    this.#storage = storage;
    this.#incidents = incidents;
    this.#db = db;
  }

  enqueue(transitions: readonly KeptTransition[]): void {
    const { sql } = this.#storage;
    for (const each of transitions) sql.exec("INSERT INTO transition (json) VALUES (?)", JSON.stringify(each));
    if (transitions.length === 0) return;
    sql.exec("DELETE FROM transition WHERE seq <= (SELECT max(seq) FROM transition) - ?", MAX_WAITING);
  }

  /** Sends one batch, if there is one and it is time. Never throws: what D1 refuses stays. */
  async run(now: number): Promise<void> {
    if (now < this.#retryAt && this.#retryAt - now <= MAX_RETRY_MS) return;
    const { sql } = this.#storage;
    const rows = sql
      .exec<{ seq: number; json: string }>("SELECT seq, json FROM transition ORDER BY seq LIMIT ?", FLUSH_ROWS)
      .toArray();
    const incidents = this.#incidents.waiting(FLUSH_ROWS);
    const sweeps = Math.abs(now - this.#sweptAt) >= SWEEP_EVERY_MS;
    if (rows.length + incidents.length === 0 && !sweeps) return;
    const transitions = rows.map(({ json }) => JSON.parse(json) as KeptTransition);
    try {
      await this.#db.batch([
        insertTransitions(this.#db, transitions),
        keepIncidents(
          this.#db,
          incidents.map(({ incident }) => incident),
        ),
        ...(sweeps
          ? [deleteTransitionsBefore(this.#db, now - KEPT_MS), deleteIncidentsBefore(this.#db, now - KEPT_MS)]
          : []),
      ]);
      this.#failures = 0;
      if (sweeps) this.#sweptAt = now;
      this.#storage.transactionSync(() => {
        sql.exec("DELETE FROM transition WHERE seq <= ?", rows.at(-1)?.seq ?? 0);
        this.#incidents.copied(incidents);
      });
    } catch (cause) {
      this.#failures += 1;
      this.#retryAt = now + Math.min(RETRY_MS * 2 ** (this.#failures - 1), MAX_RETRY_MS);
      console.warn(`region watch: D1 took nothing ${this.#failures} times in a row`, cause);
    }
  }
}
