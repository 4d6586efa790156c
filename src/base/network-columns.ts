import type { Cidr } from "./ip.ts";
import type { Sliced } from "./sliced.ts";

/** A network of a family by its first address, and when it ends. */
export interface Entry {
  readonly cidr: Cidr;
  /** Unix milliseconds; infinite when it never ends. */
  readonly endsAt: number;
}

/**
 * Networks of one family in columns, each once, in order of their first address and, where that is the same, the wider
 * before the narrower. So a network comes after all that hold it.
 */
export interface Column {
  /** Words of an address: 1 for v4, 4 for v6. */
  readonly width: 1 | 4;
  /** The first address of network i is at `i * width`. */
  readonly firsts: Uint32Array;
  readonly prefixes: Uint8Array;
  readonly ends: Float64Array;
}

export interface NetworkColumns {
  readonly v4: Column;
  readonly v6: Column;
}

export const emptyColumns: NetworkColumns = { v4: makeColumn(1, 0), v6: makeColumn(4, 0) };

/** Sorts. Of networks that are given twice, the last counts. */
export function columnsOf(entries: Iterable<Entry>): NetworkColumns {
  const v4: Entry[] = [];
  const v6: Entry[] = [];
  for (const entry of entries) (entry.cidr.ip.family === 4 ? v4 : v6).push(entry);
  return { v4: sorted(v4, 1), v6: sorted(v6, 4) };
}

/** Without those of `drop`, and with those of `put` in place of the same networks. What is not there is not dropped. */
export function* mergeColumns(base: NetworkColumns, put: NetworkColumns, drop: NetworkColumns): Sliced<NetworkColumns> {
  return { v4: yield* merge(base.v4, put.v4, drop.v4), v6: yield* merge(base.v6, put.v6, drop.v6) };
}

export const countOf = ({ v4, v6 }: NetworkColumns): number => v4.prefixes.length + v6.prefixes.length;

export function makeColumn(width: 1 | 4, count: number): Column {
  return {
    width,
    firsts: new Uint32Array(count * width),
    prefixes: new Uint8Array(count),
    ends: new Float64Array(count),
  };
}

/** The order of columns: negative when network `i` of `a` comes before network `j` of `b`. */
export function compareNetworks(a: Column, i: number, b: Column, j: number): number {
  for (let word = 0; word < a.width; word++) {
    const difference = (a.firsts[i * a.width + word] as number) - (b.firsts[j * a.width + word] as number);
    if (difference !== 0) return difference;
  }
  return (a.prefixes[i] as number) - (b.prefixes[j] as number);
}

function sorted(entries: readonly Entry[], width: 1 | 4): Column {
  const given = makeColumn(width, entries.length);
  entries.forEach(({ cidr: { ip, prefix }, endsAt }, i) => {
    given.firsts.set(ip.family === 4 ? [ip.word] : ip.words, i * width);
    given.prefixes[i] = prefix;
    given.ends[i] = endsAt;
  });
  const order = Uint32Array.from(entries, (_, i) => i).sort((i, j) => compareNetworks(given, i, given, j) || i - j);
  const column = makeColumn(width, entries.length);
  let count = 0;
  for (const from of order) {
    if (count > 0 && compareNetworks(column, count - 1, given, from) === 0) count -= 1;
    copyOne(given, from, column, count);
    count += 1;
  }
  return cutTo(column, count);
}

const STEP_CHANGES = 1000;
const COST_OF_CHANGE = 0.5;

/** Copies the stretches between changes whole, so that few changes cost little more than a copy of the memory. */
function* merge(base: Column, put: Column, drop: Column): Sliced<Column> {
  const puts = put.prefixes.length;
  const drops = drop.prefixes.length;
  if (puts === 0 && drops === 0) return base;
  if (base.prefixes.length === 0) return put;
  const merged = makeColumn(base.width, base.prefixes.length + puts);
  let read = 0;
  let written = 0;
  let placed = 0;
  let dropped = 0;
  while (placed < puts || dropped < drops) {
    const isPut = dropped === drops || (placed < puts && compareNetworks(put, placed, drop, dropped) < 0);
    const [changes, at] = isPut ? [put, placed++] : [drop, dropped++];
    const next = positionOf(base, changes, at, read);
    copy(base, read, next, merged, written);
    written += next - read;
    read = next;
    if (read < base.prefixes.length && compareNetworks(base, read, changes, at) === 0) read += 1;
    if (isPut) copyOne(put, at, merged, written++);
    if ((placed + dropped) % STEP_CHANGES === 0) yield STEP_CHANGES * COST_OF_CHANGE;
  }
  copy(base, read, base.prefixes.length, merged, written);
  return cutTo(merged, written + base.prefixes.length - read);
}

/** Where network `at` of `column` is in `base`, or would be, from `from` on. */
function positionOf(base: Column, column: Column, at: number, from: number): number {
  let low = from;
  let high = base.prefixes.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareNetworks(base, middle, column, at) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function copy(from: Column, start: number, end: number, to: Column, at: number): void {
  if (start === end) return;
  to.firsts.set(from.firsts.subarray(start * from.width, end * from.width), at * from.width);
  to.prefixes.set(from.prefixes.subarray(start, end), at);
  to.ends.set(from.ends.subarray(start, end), at);
}

/** Without the views that a copy of several takes. */
function copyOne(from: Column, index: number, to: Column, at: number): void {
  const { width } = from;
  for (let word = 0; word < width; word++) to.firsts[at * width + word] = from.firsts[index * width + word] as number;
  to.prefixes[at] = from.prefixes[index] as number;
  to.ends[at] = from.ends[index] as number;
}

function cutTo(column: Column, count: number): Column {
  if (count === column.prefixes.length) return column;
  const { width, firsts, prefixes, ends } = column;
  return {
    width,
    firsts: firsts.slice(0, count * width),
    prefixes: prefixes.slice(0, count),
    ends: ends.slice(0, count),
  };
}
