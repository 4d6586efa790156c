import type { LearnedFigure } from "../../table/learned-row.ts";

/** A round trip as it was seen. */
export interface Seen {
  readonly ms: number;
  /** Unix milliseconds. */
  readonly at: number;
}

/** Round trips kept; more than one a second is not, so that a minute of traffic fits. */
export const MAX_SEEN = 64;
const SPACING_MS = 1000;
/** After this a sample counts half. */
const HALF_LIFE_MS = 10 * 60_000;
/** A low quantile, since what is added to a road's own time (queues, lost packets, handshakes) is never negative. */
const QUANTILE = 0.25;
/** From `QUANTILE` to the median, times this, is the standard error for one sample under exponential delays. */
const SPREAD_TO_ERROR = 1.43;
/** The relative spread that is assumed before there is one, and the samples that it counts for. */
const ASSUMED_SPREAD = 0.1;
const ASSUMED_SAMPLES = 2;
/** What a clock of whole milliseconds leaves open. */
const CLOCK_MS = 0.3;
/**
 * So many in a row, over so long, all to one side of what was before: the road has changed. To be slower than the road
 * takes a queue; nothing is faster than it, so that fewer tell of a shorter one.
 */
const SLOWER = { run: 4, spanMs: 3000 };
const FASTER = { run: 2, spanMs: SPACING_MS };
/** How far to that side, relative and in milliseconds. */
const SHIFT_PART = 0.2;
const SHIFT_MS = 5;

/**
 * The round trips to one region from one place, oldest first. One that is slow moves nothing, as the figure is a low
 * quantile; when several in a row say that the road has changed (a cable is cut, or repaired), those before are forgotten.
 */
export class Track {
  #seen: Seen[] = [];
  /** What was usual before the road became slower, while it is; milliseconds. */
  #slowedFrom: number | null = null;

  /** Samples may come out of order, from several isolates. Says whether the road is found to have changed. */
  add(sample: Seen): boolean {
    const position = this.#seen.findLastIndex(({ at }) => at <= sample.at) + 1;
    const before = this.#seen[position - 1];
    const after = this.#seen[position];
    if (before && sample.at - before.at < SPACING_MS) return false;
    if (after && after.at - sample.at < SPACING_MS) return false;
    this.#seen.splice(position, 0, sample);
    if (this.#seen.length > MAX_SEEN) this.#seen.shift();
    const change = this.#change();
    if (!change) return false;
    const { run, usual, slower } = change;
    this.#seen = run;
    if (slower) this.#slowedFrom ??= usual;
    else if (this.#slowedFrom !== null && run.every(({ ms }) => ms < (this.#slowedFrom ?? 0) + marginOf(usual)))
      this.#slowedFrom = null;
    return true;
  }

  /** Whether it has been faster, and may be again: a road that is cut is repaired one day. */
  get isSlowed(): boolean {
    return this.#slowedFrom !== null;
  }

  forgetBefore(at: number): void {
    this.#seen = this.#seen.filter((each) => each.at >= at);
  }

  get seen(): readonly Seen[] {
    return this.#seen;
  }

  /** Takes the place of what was seen, in order of time. */
  restore(seen: readonly Seen[]): void {
    this.#seen = [...seen].sort((a, b) => a.at - b.at).slice(-MAX_SEEN);
  }

  /** The samples, each counted less with its age. */
  evidence(now: number): number {
    return this.#seen.reduce((sum, seen) => sum + weightOf(seen, now), 0);
  }

  /** Whether the newest samples agree with the figure; if not, the next ones should come soon. */
  get isSettled(): boolean {
    const newest = this.#seen.at(-1);
    const rest = this.#seen.slice(0, -1);
    if (!newest || rest.length === 0) return false;
    const usual = quantile(rest, QUANTILE, newest.at);
    if (newest.ms < usual - marginOf(usual)) return false;
    return newest.ms < usual + marginOf(usual) || newest.ms < quantile(rest, 0.75, newest.at);
  }

  /** `null` while nothing was seen. */
  figure(now: number): LearnedFigure | null {
    const newest = this.#seen.at(-1);
    if (!newest) return null;
    const samples = this.evidence(now);
    const ms = quantile(this.#seen, QUANTILE, now);
    const spread = quantile(this.#seen, 0.5, now) - ms;
    const assumed = ASSUMED_SPREAD * ms * ASSUMED_SAMPLES;
    const error = (SPREAD_TO_ERROR * spread * samples + assumed) / (samples + ASSUMED_SAMPLES);
    return { ms, deviationMs: Math.min(60_000, (error + CLOCK_MS) / Math.sqrt(samples)), samples, at: newest.at };
  }

  /** The samples since the road has changed, and what was usual before; `null` when the newest say nothing of the kind. */
  #change(): { readonly run: Seen[]; readonly usual: number; readonly slower: boolean } | null {
    const slower = this.#newest(SLOWER);
    if (slower) {
      const { usual, before, run } = slower;
      const least = quantile(before, 0.75, run.at(-1)?.at ?? 0) + marginOf(usual);
      if (run.every(({ ms }) => ms > least)) return { run, usual, slower: true };
    }
    const faster = this.#newest(FASTER);
    if (!faster?.run.every(({ ms }) => ms < faster.usual - marginOf(faster.usual))) return null;
    return { run: faster.run, usual: faster.usual, slower: false };
  }

  /** The newest samples, if they are spread over time, and what was usual before them. */
  #newest({ run: length, spanMs }: typeof SLOWER) {
    const run = this.#seen.slice(-length);
    const before = this.#seen.slice(0, -length);
    const [first, last] = [run[0], run.at(-1)];
    if (!first || !last || before.length === 0 || last.at - first.at < spanMs) return null;
    return { run, before, usual: quantile(before, QUANTILE, last.at) };
  }
}

const marginOf = (ms: number): number => Math.max(SHIFT_MS, ms * SHIFT_PART);

const weightOf = ({ at }: Seen, now: number): number => 2 ** (-Math.max(0, now - at) / HALF_LIFE_MS);

/** The weighted quantile, linear between the middles of the samples' weights. */
function quantile(seen: readonly Seen[], part: number, now: number): number {
  const sorted = seen.map((each) => ({ ms: each.ms, weight: weightOf(each, now) })).sort((a, b) => a.ms - b.ms);
  const wanted = part * sorted.reduce((sum, { weight }) => sum + weight, 0);
  let below = 0;
  let last = { ms: sorted[0]?.ms ?? 0, middle: 0 };
  for (const { ms, weight } of sorted) {
    const middle = below + weight / 2;
    if (middle >= wanted) {
      const share = middle > last.middle ? (wanted - last.middle) / (middle - last.middle) : 1;
      return last.ms + (ms - last.ms) * share;
    }
    below += weight;
    last = { ms, middle };
  }
  return last.ms;
}
