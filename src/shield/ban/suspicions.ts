import type { Suspect } from "./suspects.ts";

/** Somebody who loads a page has many requests for a moment. Who attacks is a suspect in all reports of so long. */
export const SUSPECT_FOR_MS = 5000;
/** Reports that are further apart say nothing of the time between. */
export const MAX_REPORT_GAP_MS = 3000;

/** Since when each suspect of an attack has been one, by the clock of who reports. As many as reports have culprits. */
export class Suspicions {
  #since = new Map<string, number>();
  #at = Number.NEGATIVE_INFINITY;

  /** Takes the suspects of the report of a time, Unix milliseconds, and gives those that have been ones for long enough. */
  take(suspects: readonly Suspect[], at: number): Suspect[] {
    const isContinued = at >= this.#at && at - this.#at <= MAX_REPORT_GAP_MS;
    const before = isContinued ? this.#since : new Map<string, number>();
    this.#since = new Map(suspects.map(({ cidr }) => [cidr.text, before.get(cidr.text) ?? at]));
    this.#at = at;
    return suspects.filter(({ cidr }) => at - (this.#since.get(cidr.text) ?? at) >= SUSPECT_FOR_MS);
  }
}
