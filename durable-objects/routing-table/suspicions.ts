import type { Table } from "../../src/table/table.ts";
import type { Suspicion } from "../health-monitor/api.ts";

/** Suspicions that are looked at in one call; an edge sends fewer. */
const MAX_SUSPICIONS = 1000;
const MAX_DETAIL_LENGTH = 200;

/** What the edges hold against backends. In memory alone: while a backend fails traffic, they say it again. */
export class Suspicions {
  readonly #newest = new Map<string, number>();

  /** When each backend was last suspected, Unix milliseconds. */
  get newest(): ReadonlyMap<string, number> {
    return this.#newest;
  }

  /** Those of backends that the table has. */
  take(suspicions: readonly Suspicion[], backends: Table["backends"], now: number): readonly Suspicion[] {
    const known = suspicions.slice(0, MAX_SUSPICIONS).filter(({ backend }) => backends.has(backend));
    for (const { backend, detail } of known) {
      this.#newest.set(backend, now);
      console.info(JSON.stringify({ suspected: backend, detail: detail.slice(0, MAX_DETAIL_LENGTH) }));
    }
    return known;
  }

  /** Those of backends that are gone go with them. */
  retain(backends: Table["backends"]): void {
    for (const backend of this.#newest.keys()) if (!backends.has(backend)) this.#newest.delete(backend);
  }
}
