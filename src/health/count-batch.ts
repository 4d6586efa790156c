import { z } from "zod";
import { MAX_REGIONS } from "../table/region.ts";
import { RegionCounts, regionRowSchema } from "./region-counts.ts";

/** What one sender has counted, to be added up once however often it comes. */
export const countBatchSchema = z.object({
  sender: z.string().min(1).max(64),
  /** Rises from batch to batch of one sender. */
  sequence: z.int().min(1),
  rows: z.array(regionRowSchema).max(MAX_REGIONS),
  /** Something is out of bounds, or was a moment ago: it is not to wait for the usual time. */
  urgent: z.boolean(),
});
export type CountBatch = z.infer<typeof countBatchSchema>;

/** What of an outbox outlives its memory. */
export const outboxRecordSchema = z.object({
  sequence: z.int().min(0),
  outstanding: countBatchSchema.nullable(),
  counting: z.array(regionRowSchema),
});
export type OutboxRecord = z.infer<typeof outboxRecordSchema>;

/**
 * Counts on their way to who adds them up. At most one batch is under way; it is sent again, the same, until it is
 * acknowledged, and what is counted meanwhile adds up to the next. So nothing is lost nor counted twice whatever call
 * fails, and memory is bounded without anything being dropped.
 */
export class CountOutbox {
  readonly counts = new RegionCounts();
  readonly #sender: string;
  #sequence: number;
  #outstanding: CountBatch | null;

  constructor(sender: string, record: OutboxRecord = { sequence: 0, outstanding: null, counting: [] }) {
    this.#sender = sender;
    this.#sequence = record.sequence;
    this.#outstanding = record.outstanding;
    this.counts.add(record.counting);
  }

  get isEmpty(): boolean {
    return this.#outstanding === null && this.counts.isEmpty;
  }

  /**
   * The batch to send now; `null` when there is nothing. Sequences go by time, so that they rise even where the sender
   * of this name before has left nothing.
   */
  next(urgent: boolean, now: number): CountBatch | null {
    if (this.#outstanding === null && !this.counts.isEmpty) {
      this.#sequence = Math.max(this.#sequence + 1, Math.floor(now));
      this.#outstanding = { sender: this.#sender, sequence: this.#sequence, rows: this.counts.take(), urgent };
    }
    return this.#outstanding;
  }

  acknowledge(sequence: number): void {
    if (this.#outstanding?.sequence === sequence) this.#outstanding = null;
  }

  get record(): OutboxRecord {
    return { sequence: this.#sequence, outstanding: this.#outstanding, counting: this.counts.rows() };
  }
}
