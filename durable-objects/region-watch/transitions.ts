import type { KeptTransition } from "../../src/adapters/d1/region-transitions.ts";

/** Changes of state that may wait for D1; the oldest give way. */
const MAX_WAITING = 10_000;

type Waiting = { readonly seq: number; readonly json: string };

/** The changes of state that D1 does not have yet. */
export class Transitions {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  add(transitions: readonly KeptTransition[]): void {
    for (const each of transitions) this.#sql.exec("INSERT INTO transition (json) VALUES (?)", JSON.stringify(each));
    if (transitions.length === 0) return;
    this.#sql.exec("DELETE FROM transition WHERE seq <= (SELECT max(seq) FROM transition) - ?", MAX_WAITING);
  }

  /** The oldest of them. */
  waiting(limit: number): { readonly transition: KeptTransition; readonly seq: number }[] {
    const rows = this.#sql.exec<Waiting>("SELECT seq, json FROM transition ORDER BY seq LIMIT ?", limit);
    return [...rows].map(({ seq, json }) => ({ transition: JSON.parse(json) as KeptTransition, seq }));
  }

  /** D1 has these. */
  copied(taken: Readonly<ReturnType<Transitions["waiting"]>>): void {
    this.#sql.exec("DELETE FROM transition WHERE seq <= ?", taken.at(-1)?.seq ?? 0);
  }
}
