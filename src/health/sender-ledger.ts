import { z } from "zod";

/** Senders that are remembered, those heard of last. A colo has some tens of isolates. */
const MAX_SENDERS = 2000;
/** One that has been silent for so long has gone: nothing of it is under way any more. */
const FORGET_AFTER_MS = 600_000;

/** Sender, its last sequence, and when it was heard (Unix milliseconds); the longest silent first. */
export const ledgerRecordSchema = z.array(z.tuple([z.string(), z.int(), z.number()])).max(MAX_SENDERS);
export type LedgerRecord = z.infer<typeof ledgerRecordSchema>;

/** Tells a batch that is new from one that comes again. Senders have one batch under way at a time. */
export class SenderLedger {
  readonly #last = new Map<string, { readonly sequence: number; readonly at: number }>();

  constructor(record: LedgerRecord = []) {
    for (const [sender, sequence, at] of record) this.#last.set(sender, { sequence, at });
  }

  isNew(sender: string, sequence: number): boolean {
    return sequence > (this.#last.get(sender)?.sequence ?? 0);
  }

  /** A new batch has been counted. */
  note(sender: string, sequence: number, now: number): void {
    // Put at the end again, so that the map is in the order of hearing.
    this.#last.delete(sender);
    this.#last.set(sender, { sequence, at: now });
    for (const [silent, { at }] of this.#last) {
      if (this.#last.size <= MAX_SENDERS && now - at < FORGET_AFTER_MS) break;
      this.#last.delete(silent);
    }
  }

  get record(): LedgerRecord {
    return [...this.#last].map(([sender, { sequence, at }]) => [sender, sequence, at]);
  }
}
