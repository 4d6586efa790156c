import { type Cidr, type Ip, maskWord } from "./ip.ts";

export interface Network<T> {
  readonly cidr: Cidr;
  readonly value: T;
}

/**
 * An immutable set of networks, each with a value, in which an address finds the most specific network around
 * it and, from there, the wider ones. Lookup is one binary search: O(log n), without allocation.
 *
 * CIDR networks nest or are disjoint, so a sweep over their borders cuts the address space into at most
 * 2n + 1 segments, each owned by its innermost network; every network knows the next wider one.
 */
export class NetworkSet<T> {
  readonly size: number;
  readonly #v4: Segments<T>;
  readonly #v6: Segments<T>;

  constructor(networks: Iterable<Network<T>>) {
    const v4: Network<T>[] = [];
    const v6: Network<T>[] = [];
    for (const network of networks) (network.cidr.ip.family === 4 ? v4 : v6).push(network);
    this.size = v4.length + v6.length;
    this.#v4 = cut(v4, 1);
    this.#v6 = cut(v6, 4);
  }

  /** The most specific network that holds the address and whose value passes, or `undefined`. */
  find(ip: Ip, accept: (value: T) => boolean): Network<T> | undefined {
    const segments = ip.family === 4 ? this.#v4 : this.#v6;
    let owner = ip.family === 4 ? ownerOfWord(segments, ip.word) : ownerOfWords(segments, ip.words);
    while (owner >= 0) {
      const network = segments.networks[owner] as Network<T>;
      if (accept(network.value)) return network;
      owner = segments.parents[owner] as number;
    }
    return undefined;
  }
}

interface Segments<T> {
  /** Border i is `width` words at `i * width`; segment i runs from there to the next border. */
  readonly borders: Uint32Array;
  /** The index of the innermost network of each segment; -1 for none. */
  readonly owners: Int32Array;
  readonly networks: readonly Network<T>[];
  /** The index of the next wider network of each network; -1 for none. */
  readonly parents: Int32Array;
}

function ownerOfWord<T>({ borders, owners }: Segments<T>, word: number): number {
  let low = 0;
  let high = borders.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((borders[middle] as number) <= word) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? -1 : (owners[low - 1] as number);
}

function ownerOfWords<T>({ borders, owners }: Segments<T>, words: readonly number[]): number {
  let low = 0;
  let high = owners.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareWords(borders, middle * 4, words) <= 0) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? -1 : (owners[low - 1] as number);
}

function compareWords(borders: Uint32Array, at: number, words: readonly number[]): number {
  for (let i = 0; i < words.length; i++) {
    const difference = (borders[at + i] as number) - (words[i] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

function cut<T>(unsorted: readonly Network<T>[], width: 1 | 4): Segments<T> {
  const sorted = unsorted
    .map((network) => ({ network, first: firstOf(network.cidr) }))
    .sort((a, b) => compareArrays(a.first, b.first) || a.network.cidr.prefix - b.network.cidr.prefix);
  const networks = sorted.map(({ network }) => network);
  const parents = new Int32Array(networks.length).fill(-1);
  const borders: number[] = [];
  const owners: number[] = [];
  const open: { readonly index: number; readonly after: readonly number[] | null }[] = [];

  const mark = (border: readonly number[], owner: number) => {
    const last = borders.length - width;
    // A border set twice belongs to the later, which is the more specific network or the one that goes on.
    if (last >= 0 && border.every((word, i) => borders[last + i] === word)) owners[owners.length - 1] = owner;
    else {
      borders.push(...border);
      owners.push(owner);
    }
  };
  const closeBefore = (first: readonly number[] | null) => {
    for (let top = open.at(-1); top; top = open.at(-1)) {
      if (first && (top.after === null || compareArrays(top.after, first) > 0)) return;
      open.pop();
      if (top.after) mark(top.after, open.at(-1)?.index ?? -1);
    }
  };

  sorted.forEach(({ network, first }, index) => {
    closeBefore(first);
    parents[index] = open.at(-1)?.index ?? -1;
    mark(first, index);
    open.push({ index, after: afterOf(network.cidr) });
  });
  closeBefore(null);
  return { borders: Uint32Array.from(borders), owners: Int32Array.from(owners), networks, parents };
}

const firstOf = ({ ip }: Cidr): readonly number[] => (ip.family === 4 ? [ip.word] : ip.words);

/** The first address after the network; `null` when it ends with the address space. */
function afterOf(cidr: Cidr): readonly number[] | null {
  const last = firstOf(cidr).map((word, i) => (word | ~maskWord(cidr.prefix - 32 * i)) >>> 0);
  for (let i = last.length - 1; i >= 0; i--) {
    const next = ((last[i] as number) + 1) >>> 0;
    last[i] = next;
    if (next !== 0) return last;
  }
  return null;
}

function compareArrays(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}
