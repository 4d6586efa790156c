import { type Ip, ipOfWords, maskWord } from "./ip.ts";
import { type Column, countOf, type NetworkColumns } from "./network-columns.ts";
import type { Sliced } from "./sliced.ts";

export interface FoundNetwork {
  /** In canonical form. */
  readonly cidr: string;
  /** Unix milliseconds; infinite when it never ends. */
  readonly endsAt: number;
}

const STEP_NETWORKS = 20_000;
const COST_OF_NETWORK = 0.03;

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

  private constructor(columns: NetworkColumns, v4Parents: Int32Array, v6Parents: Int32Array) {
    this.columns = columns;
    this.#v4Parents = v4Parents;
    this.#v6Parents = v6Parents;
  }

  /** One sweep over the columns, which must be sound. */
  static *of(columns: NetworkColumns): Sliced<NetworkSet> {
    return new NetworkSet(columns, yield* parentsOf(columns.v4), yield* parentsOf(columns.v6));
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
function* parentsOf(column: Column): Sliced<Int32Array> {
  const { length } = column.prefixes;
  const parents = new Int32Array(length);
  for (let from = 0; from < length; from += STEP_NETWORKS) {
    const to = Math.min(from + STEP_NETWORKS, length);
    sweep(column, parents, from, to);
    yield (to - from) * COST_OF_NETWORK;
  }
  return parents;
}

function sweep(column: Column, parents: Int32Array, from: number, to: number): void {
  const { firsts, width } = column;
  for (let i = from; i < to; i++) {
    let open = i - 1;
    while (
      open >= 0 &&
      !(width === 1 ? holdsWord(column, open, firsts[i] as number) : holdsWords(column, open, firsts, i * 4))
    )
      open = parents[open] as number;
    parents[i] = open;
  }
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
