import { MAX_REGIONS } from "../../table/region.ts";
import type { Learner } from "./learner.ts";

/** A region that is not known well is measured as many times as this, a second apart, and again so soon. */
const SERIES = 6;
const SERIES_PAUSE_MS = 8_000;
/** One that is known: one sample a minute, and one request before it that opens the connection. */
const KNOWN_SERIES = 2;
const KNOWN_PAUSE_MS = 60_000;
/** One that nobody wants measured, since it cannot be the fastest as far as is known: what is known may be out of date. */
const UNWANTED_PAUSE_MS = 300_000;
/** A region is known with this much evidence, while its newest samples agree with it. */
const KNOWN_SAMPLES = 8;
/** Series that one isolate gets at a time: it measures once a second. */
const MAX_SERIES = 3;

/** Who measures what in a colo, and when: each region by one isolate at a time. */
export class Rota {
  readonly #assignedAt = new Map<string, number>();

  /**
   * Series for one isolate, of the regions that it wants measured: those of which nothing is known go first, since any
   * of them may be the fastest. Last come the others: those that became slow, which nobody would see recover, as often
   * as wanted ones, and the rest seldom. Who wants nothing gets nothing. Times in Unix milliseconds.
   */
  assign(
    wanted: readonly string[],
    others: readonly string[],
    learner: Learner,
    now: number,
  ): { region: string; times: number }[] {
    const series: { region: string; times: number }[] = [];
    const isNew = (region: string) => !learner.track(region)?.seen.length;
    const last = wanted.length === 0 ? [] : others;
    for (const region of [...wanted.filter(isNew), ...wanted.filter((each) => !isNew(each)), ...last]) {
      if (series.length === MAX_SERIES) break;
      const track = learner.track(region);
      const known = track?.isSettled === true && track.evidence(now) >= KNOWN_SAMPLES;
      const assignedAt = this.#assignedAt.get(region) ?? Number.NEGATIVE_INFINITY;
      // What traffic goes to measures itself. What news unsettles is due at once, however lately it was known.
      const knownAt = Math.max(assignedAt, track?.seen.at(-1)?.at ?? 0);
      const isUnwanted = !wanted.includes(region) && track?.isSlowed !== true;
      const isSeldom = known || isUnwanted;
      const pauseMs = isUnwanted ? UNWANTED_PAUSE_MS : KNOWN_PAUSE_MS;
      if (now < (isSeldom ? knownAt + pauseMs : assignedAt + SERIES_PAUSE_MS)) continue;
      if (this.#assignedAt.size >= MAX_REGIONS) this.#assignedAt.clear();
      this.#assignedAt.set(region, now);
      series.push({ region, times: isSeldom ? KNOWN_SERIES : SERIES });
    }
    return series;
  }
}
