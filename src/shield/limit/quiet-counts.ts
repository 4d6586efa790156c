import { mix32 } from "../../base/hash.ts";
import { type BucketSpec, perSecondOf } from "./spec.ts";

/** An isolate lets so small a part of a limit pass by itself. */
const QUIET_PART = 20;

/**
 * What an isolate lets each key of one client have without asking anybody: a twentieth of the rate, and at once a twentieth of the
 * burst, though at least one request.
 */
export interface Quiet {
  /** Milliseconds that a token takes to come. */
  readonly msPerToken: number;
  /** Tokens that may come at once. */
  readonly burst: number;
  readonly perSecond: number;
}

export function quietOf(spec: BucketSpec, cost: number): Quiet {
  const perSecond = perSecondOf(spec) / QUIET_PART;
  const burst = Math.max(1, cost, Math.floor(spec.burst / QUIET_PART));
  return { msPerToken: 1000 / perSecond, burst, perSecond };
}

/** As long as a request waits for an owner. */
const WAIT_MS = 250;

/**
 * Whether a request is more than that part of the burst, and takes longer to come again than to ask for: isolates could
 * together let many times the burst pass. They ask first then, and let one pass unasked only while too many keys are new for
 * all to be asked about. What comes again sooner is not worth a quiet client's wait.
 */
export const asksFirst = (spec: BucketSpec, cost: number): boolean =>
  spec.burst < QUIET_PART * cost && cost * 1000 > perSecondOf(spec) * WAIT_MS;

const ROWS = 4;
const COLUMNS = 16_384;

/**
 * Counts what quiet keys spend, in fixed memory (640 KB) however many there are: a count-min sketch of four rows (Cormode
 * and Muthukrishnan, 2005) with conservative update (Estan and Varghese, 2002). A cell is not a count but the time at
 * which what was spent will have come again (the generic cell rate algorithm, ITU-T I.371), so that it empties by itself.
 *
 * It errs to one side. A key is never let pass more than its allowance; it may seem to have spent it when in each of the
 * four rows another shares its cell: with n keys that have spent theirs, one in (16,384 / n)^4 or so. That costs a
 * question to the owner, and no refusal.
 */
export class QuietCounts {
  readonly bytes = (ROWS + 1) * COLUMNS * Float64Array.BYTES_PER_ELEMENT;
  /** Milliseconds since the first was counted, as a small number has more digits behind the point. */
  readonly #cells = new Float64Array(ROWS * COLUMNS);
  /**
   * Up to when the spending of a key has been reported, in the same time, by the hash alone. Of two that share a place the
   * one that is behind reports too little, which its allowance covers.
   */
  readonly #reported = new Float64Array(COLUMNS);
  #start: number | null = null;

  /** `hash` is of the key and of what limits it. */
  take(hash: number, cost: number, { msPerToken, burst }: Quiet, now: number): boolean {
    this.#start ??= now;
    const at = now - this.#start;
    const step = stepOf(hash);
    const spent = Math.max(this.#least(hash, step), at) + cost * msPerToken;
    // One part in a million is for what is lost in adding.
    if (spent > at + burst * msPerToken * 1.000001) return false;
    for (let row = 0; row < ROWS; row++) {
      const place = cellOf(hash, step, row);
      if ((this.#cells[place] as number) < spent) this.#cells[place] = spent;
    }
    return true;
  }

  /** Whole tokens that a key has spent, that have not come again, and that were not reported before. They now are. */
  report(hash: number, { msPerToken, burst }: Quiet, now: number): number {
    this.#start ??= now;
    const spent = this.#least(hash, stepOf(hash));
    const place = hash & (COLUMNS - 1);
    const from = Math.max(this.#reported[place] as number, now - this.#start);
    if (spent <= from) return 0;
    this.#reported[place] = spent;
    return Math.min(Math.round((spent - from) / msPerToken), burst);
  }

  #least(hash: number, step: number): number {
    let least = Number.POSITIVE_INFINITY;
    for (let row = 0; row < ROWS; row++) {
      const cell = this.#cells[cellOf(hash, step, row)] as number;
      if (cell < least) least = cell;
    }
    return least;
  }
}

const stepOf = (hash: number): number => mix32(hash ^ 0x9e3779b9) | 1;

/** Kirsch and Mitzenmacher, "Less hashing, same performance" (2006): two hashes make all of them. */
const cellOf = (hash: number, step: number, row: number): number =>
  row * COLUMNS + ((hash + Math.imul(step, row)) & (COLUMNS - 1));
