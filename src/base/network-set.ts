import { type Ip, ipOfWords, maskWord } from "./ip.ts";
import { type Column, compareNetworks, countOf, emptyColumns, type NetworkColumns } from "./network-columns.ts";
import type { Sliced } from "./sliced.ts";

export interface FoundNetwork {
  /** In canonical form. */
  readonly cidr: string;
  /** Unix milliseconds; infinite when it never ends. */
  readonly endsAt: number;
}

const STEP_NETWORKS = 3000;
/** Of placing one, in microseconds, before anything is compiled. */
const COST_OF_NETWORK = 0.15;

/**
 * An immutable set of networks that end, in which an address finds the most specific one around it that has not ended.
 * A look-up is one binary search and a few steps outwards: O(log n), without allocation unless it finds something.
 *
 * CIDR networks nest or are disjoint. So of the networks that begin at or before an address, the last one in order
 * holds it, or one of those around that last one does: every network knows the next wider one.
 */
export class NetworkSet {
  readonly columns: NetworkColumns;
  readonly #v4Parents: Int32Array;
  readonly #v6Parents: Int32Array;

  static readonly empty = new NetworkSet(emptyColumns, new Int32Array(), new Int32Array());

  private constructor(columns: NetworkColumns, v4Parents: Int32Array, v6Parents: Int32Array) {
    this.columns = columns;
    this.#v4Parents = v4Parents;
    this.#v6Parents = v6Parents;
  }

  /** One sweep over the columns; `null` when they are not in order, each network once and without host bits. */
  static *of(columns: NetworkColumns): Sliced<NetworkSet | null> {
    const v4Parents = yield* parentsOf(columns.v4);
    const v6Parents = yield* parentsOf(columns.v6);
    return v4Parents === null || v6Parents === null ? null : new NetworkSet(columns, v4Parents, v6Parents);
  }

  get size(): number {
    return countOf(this.columns);
  }

  /** The most specific network that holds the address and has not ended at `now`, or `undefined`. */
  find(ip: Ip, now: number): FoundNetwork | undefined {
    const isV4 = ip.family === 4;
    const column = isV4 ? this.columns.v4 : this.columns.v6;
    const parents = isV4 ? this.#v4Parents : this.#v6Parents;
    let index = isV4 ? lastUpToWord(column, ip.word) : lastUpToWords(column, ip.words);
    while (index >= 0) {
      const endsAt = column.ends[index] as number;
      if (endsAt > now && (isV4 ? holdsWord(column, index, ip.word) : holdsWords(column, index, ip.words, 0)))
        return { cidr: textOf(column, index), endsAt };
      index = parents[index] as number;
    }
    return undefined;
  }
}

/** The index of the next wider network of each; -1 for none. The chain of parents is the stack of those still open. */
function* parentsOf(column: Column): Sliced<Int32Array | null> {
  const { length } = column.prefixes;
  const parents = new Int32Array(length);
  const sweep = column.width === 1 ? sweepV4 : sweepV6;
  for (let from = 0; from < length; from += STEP_NETWORKS) {
    const to = Math.min(from + STEP_NETWORKS, length);
    if (!sweep(column, parents, from, to)) return null;
    yield (to - from) * COST_OF_NETWORK;
  }
  return parents;
}

/** Whether the networks from `from` on are sound; sets their parents. */
function sweepV4({ firsts, prefixes, ends }: Column, parents: Int32Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    const first = firsts[i] as number;
    const prefix = prefixes[i] as number;
    if (prefix > 32 || (first & ~maskWord(prefix)) !== 0 || Number.isNaN(ends[i])) return false;
    let open = i - 1;
    if (open >= 0) {
      const before = firsts[open] as number;
      if (before > first || (before === first && (prefixes[open] as number) >= prefix)) return false;
    }
    while (open >= 0 && (((firsts[open] as number) ^ first) & maskWord(prefixes[open] as number)) !== 0)
      open = parents[open] as number;
    parents[i] = open;
  }
  return true;
}

function sweepV6(column: Column, parents: Int32Array, from: number, to: number): boolean {
  const { firsts, prefixes, ends } = column;
  for (let i = from; i < to; i++) {
    const prefix = prefixes[i] as number;
    if (prefix > 128 || Number.isNaN(ends[i])) return false;
    for (let word = prefix >>> 5; word < 4; word++)
      if (((firsts[i * 4 + word] as number) & ~maskWord(prefix - 32 * word)) !== 0) return false;
    let open = i - 1;
    if (open >= 0 && compareNetworks(column, open, column, i) >= 0) return false;
    while (open >= 0 && !holdsWords(column, open, firsts, i * 4)) open = parents[open] as number;
    parents[i] = open;
  }
  return true;
}

function holdsWord({ firsts, prefixes }: Column, index: number, word: number): boolean {
  return (((firsts[index] as number) ^ word) & maskWord(prefixes[index] as number)) === 0;
}

function holdsWords(
  { firsts, prefixes }: Column,
  index: number,
  words: readonly number[] | Uint32Array,
  at: number,
): boolean {
  const prefix = prefixes[index] as number;
  for (let i = 0; i < 4; i++) {
    const difference = (firsts[index * 4 + i] as number) ^ (words[at + i] as number);
    if ((difference & maskWord(prefix - 32 * i)) !== 0) return false;
  }
  return true;
}

function lastUpToWord({ firsts }: Column, word: number): number {
  let low = 0;
  let high = firsts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((firsts[middle] as number) <= word) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function lastUpToWords({ firsts, prefixes }: Column, words: readonly number[]): number {
  let low = 0;
  let high = prefixes.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareWords(firsts, middle * 4, words) <= 0) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function compareWords(firsts: Uint32Array, at: number, words: readonly number[]): number {
  for (let i = 0; i < 4; i++) {
    const difference = (firsts[at + i] as number) - (words[i] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

function textOf({ firsts, prefixes, width }: Column, index: number): string {
  return `${ipOfWords(firsts.subarray(index * width, (index + 1) * width)).text}/${prefixes[index]}`;
}
