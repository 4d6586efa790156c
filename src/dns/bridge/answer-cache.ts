import type { ClientSubnet } from "../client-subnet.ts";
import type { Answer } from "./answer.ts";
import { networkKey } from "./subnet.ts";

/** How an answer is found. */
export interface Asked {
  /** The question, with what else an answer depends on. */
  readonly key: string;
  readonly subnet: ClientSubnet;
}

export interface Cached {
  readonly answer: Answer;
  /** Of the Worker's answer. Milliseconds. */
  readonly ageMs: number;
}

interface Entry {
  readonly key: string;
  readonly slot: Slot;
  readonly answer: Answer;
  /** Monotonic milliseconds. */
  readonly at: number;
  readonly bytes: number;
}

/** For whom an answer holds: all of a network, or only those who tell just so much of their address. */
interface Slot {
  readonly family: ClientSubnet["family"];
  readonly prefix: number;
  readonly isExact: boolean;
}

/** What an entry takes besides its answer's bytes, maps, objects and two texts, and what each record of it does. */
const ENTRY_BYTES = 1024;
const RECORD_BYTES = 128;
/** Past its TTL an answer is kept for when nobody can be asked (RFC 8767, section 5). */
export const STALE_MS = 3_600_000;

/**
 * The Worker's answers, by question and network (RFC 7871, section 7.3.1), at most so many bytes: what was not asked for
 * the longest goes first. All are of one epoch of the table, and go with it.
 */
export class AnswerCache {
  readonly #maxBytes: number;
  #epoch = 0;
  #bytes = 0;
  /** In the order of last use. */
  readonly #entries = new Map<string, Entry>();
  /** The slots in which a question has entries, the longest prefix first. */
  readonly #slots = new Map<string, Map<string, { readonly slot: Slot; entries: number }>>();

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The table has moved: what was said of an earlier one holds no more. The epoch never goes back. */
  move(epoch: number): void {
    if (epoch <= this.#epoch) return;
    this.#epoch = epoch;
    this.#entries.clear();
    this.#slots.clear();
    this.#bytes = 0;
  }

  /** The answer that holds for the most particular network. It may be stale. */
  find({ key, subnet }: Asked, now: number): Cached | null {
    for (const { slot } of this.#slots.get(key)?.values() ?? []) {
      if (!isIn(subnet, slot)) continue;
      const place = placeOf(key, subnet, slot);
      const entry = this.#entries.get(place);
      if (entry === undefined) continue;
      const ageMs = now - entry.at;
      if (ageMs > entry.answer.ttlSeconds * 1000 + STALE_MS) {
        this.#remove(place, entry);
        continue;
      }
      this.#entries.delete(place);
      this.#entries.set(place, entry);
      return { answer: entry.answer, ageMs };
    }
    return null;
  }

  /** Keeps what was answered from the table of an epoch, unless that is over, or it says that it holds for no time. */
  keep({ key, subnet }: Asked, answer: Answer, epoch: number, now: number): void {
    this.move(epoch);
    if (epoch < this.#epoch || answer.ttlSeconds === 0) return;
    const bytes = answer.bytes.length + answer.records.length * RECORD_BYTES + ENTRY_BYTES;
    if (bytes > this.#maxBytes) return;
    const slot = slotOf(subnet, answer.scopePrefix);
    const place = placeOf(key, subnet, slot);
    const before = this.#entries.get(place);
    if (before) this.#remove(place, before);
    for (const [oldest, entry] of this.#entries) {
      if (this.#bytes + bytes <= this.#maxBytes) break;
      this.#remove(oldest, entry);
    }
    this.#entries.set(place, { key, slot, answer, at: now, bytes });
    this.#bytes += bytes;
    this.#count(key, slot);
  }

  #count(key: string, slot: Slot): void {
    const slots = this.#slots.get(key) ?? new Map();
    const name = slotName(slot);
    const entries = (slots.get(name)?.entries ?? 0) + 1;
    slots.set(name, { slot, entries });
    const ordered = [...slots].sort(([, a], [, b]) => b.slot.prefix - a.slot.prefix);
    this.#slots.set(key, new Map(ordered));
  }

  #remove(place: string, { key, slot, bytes }: Entry): void {
    this.#entries.delete(place);
    this.#bytes -= bytes;
    const slots = this.#slots.get(key);
    const counted = slots?.get(slotName(slot));
    if (slots === undefined || counted === undefined) return;
    counted.entries -= 1;
    if (counted.entries === 0) slots.delete(slotName(slot));
    if (slots.size === 0) this.#slots.delete(key);
  }
}

/**
 * An answer of a scope wider than what was told of the client holds for the whole scope. One of a narrower scope could
 * be another for who tells more, and one for who tells nothing is nobody else's.
 */
function slotOf({ family, sourcePrefix }: ClientSubnet, scopePrefix: number): Slot {
  const isExact = scopePrefix > sourcePrefix || sourcePrefix === 0;
  return { family, prefix: isExact ? sourcePrefix : scopePrefix, isExact };
}

const isIn = ({ family, sourcePrefix }: ClientSubnet, slot: Slot) =>
  slot.family === family && (slot.isExact ? sourcePrefix === slot.prefix : sourcePrefix >= slot.prefix);

const slotName = ({ family, prefix, isExact }: Slot) => `${family}/${prefix}${isExact ? "=" : ""}`;

const placeOf = (key: string, subnet: ClientSubnet, { prefix, isExact }: Slot) =>
  `${key} ${networkKey(subnet, prefix)}${isExact ? "=" : ""}`;
