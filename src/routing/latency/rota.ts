import type { Learner } from "./learner.ts";

/** A region that is not known well is measured as many times as this, a second apart, and again so soon. */
const SERIES = 6;
const SERIES_PAUSE_MS = 8_000;
/** One that is known: one sample, and one request before it that opens the connection, so one a minute. */
const KNOWN_SERIES = 2;
const KNOWN_PAUSE_MS = 120_000;
/** A region is known with this much evidence, while its newest samples agree with it. */
const KNOWN_SAMPLES = 8;
/** Series that one isolate gets at a time: it measures once a second. */
const MAX_SERIES = 3;

/** Who measures what in a colo, and when: each region by one isolate at a time. */
export class Rota {
  readonly #nextAt = new Map<string, number>();

  /** Series for one isolate, of the regions that it wants measured. Times in Unix milliseconds. */
  assign(wanted: readonly string[], learner: Learner, now: number): { region: string; times: number }[] {
    const due = wanted.filter((region) => now >= (this.#nextAt.get(region) ?? 0)).slice(0, MAX_SERIES);
    return due.map((region) => {
      const track = learner.track(region);
      const known = track?.isSettled === true && track.evidence(now) >= KNOWN_SAMPLES;
      this.#nextAt.set(region, now + (known ? KNOWN_PAUSE_MS : SERIES_PAUSE_MS));
      return { region, times: known ? KNOWN_SERIES : SERIES };
    });
  }
}
