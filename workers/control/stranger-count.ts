import type { AuditRecord } from "../../src/audit/entry.ts";

/** Addresses that are told apart; memory and log are bounded whatever comes. */
const MAX_ADDRESSES = 8;

interface Tally {
  /** The first that was not written down at once. */
  readonly record: AuditRecord;
  readonly attempts: number;
}

/**
 * Attempts of who was not let in, which anybody can make. Within a span the first of an address is to be written down,
 * and the others are counted: one entry for each address, and one for all the addresses there was no room for.
 */
export class StrangerCount {
  readonly #seen = new Set<string | null>();
  readonly #counted = new Map<string | null, Tally>();

  /** Whether no span is under way: the next attempt begins one. */
  get isIdle(): boolean {
    return this.#seen.size === 0;
  }

  /** Whether to write this attempt down; else it is counted. */
  take(record: AuditRecord): boolean {
    const isSeen = this.#seen.has(record.address);
    if (!isSeen && this.#seen.size < MAX_ADDRESSES) {
      this.#seen.add(record.address);
      return true;
    }
    const address = isSeen ? record.address : null;
    const before = this.#counted.get(address) ?? { record: { ...record, principal: null, address }, attempts: 0 };
    this.#counted.set(address, { ...before, attempts: before.attempts + 1 });
    return false;
  }

  /** Ends the span, and gives what was counted in it. */
  drain(): AuditRecord[] {
    const records = [...this.#counted.values()].map(({ record, attempts }) => ({ ...record, attempts }));
    this.#seen.clear();
    this.#counted.clear();
    return records;
  }
}
