import type { LearnedFigure } from "../../table/learned-row.ts";

/** A round trip as it was seen. */
export interface Seen {
  readonly ms: number;
  /** Unix milliseconds. */
  readonly at: number;
}

/** Round trips kept; more than one a second is not, so that a minute of traffic fits. */
const MAX_SEEN = 64;
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
/** So many in a row, over so long, all to one side of what was before: the road has changed. */
const SHIFT_RUN = 4;
const SHIFT_SPAN_MS = 3000;
/** How far to that side, relative and in milliseconds. */
const SHIFT_PART = 0.2;
const SHIFT_MS = 5;

/**
 * The round trips to one region from one place, oldest first. One that is slow moves nothing, as the figure is a low
 * quantile; when several in a row say that the road has changed (a cable is cut, or repaired), those before are forgotten.
 */
export class Track {
  #seen: Seen[] = [];

  /** Samples may come out of order, from several isolates. */
  add(sample: Seen): void {
    const position = this.#seen.findLastIndex(({ at }) => at <= sample.at) + 1;
    const before = this.#seen[position - 1];
    const after = this.#seen[position];
    if (before && sample.at - before.at < SPACING_MS) return;
    if (after && after.at - sample.at < SPACING_MS) return;
    this.#seen.splice(position, 0, sample);
    if (this.#seen.length > MAX_SEEN) this.#seen.shift();
    if (this.#hasShifted()) this.#seen = this.#seen.slice(-SHIFT_RUN);
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
    return Math.abs(newest.ms - usual) < marginOf(usual) || newest.ms < quantile(rest, 0.75, newest.at);
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

  #hasShifted(): boolean {
    const run = this.#seen.slice(-SHIFT_RUN);
    const before = this.#seen.slice(0, -SHIFT_RUN);
    const [first, last] = [run[0], run.at(-1)];
    if (!first || !last || before.length === 0 || last.at - first.at < SHIFT_SPAN_MS) return false;
    const usual = quantile(before, QUANTILE, last.at);
    const times = run.map(({ ms }) => ms);
    if (Math.min(...times) > quantile(before, 0.75, last.at) + marginOf(usual)) return true;
    return Math.max(...times) < usual - marginOf(usual);
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
