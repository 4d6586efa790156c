import { z } from "zod";
import { type CountBatch, CountOutbox, outboxRecordSchema } from "../../src/health/count-batch.ts";
import { ledgerRecordSchema, SenderLedger } from "../../src/health/sender-ledger.ts";

/** What the isolates have counted is passed on so often, and while something is wrong so often. */
export const PASS_ON_EVERY_MS = 10_000;
const URGENT_EVERY_MS = 1000;

const recordSchema = z.object({ outbox: outboxRecordSchema, senders: ledgerRecordSchema });

/**
 * Adds up what the isolates of a colo have counted, for the one who watches the regions. All of it is one row, written
 * for each report that brings something new, before it is acknowledged.
 */
export class RegionRelay {
  readonly #sql: SqlStorage;
  readonly #outbox: CountOutbox;
  readonly #senders: SenderLedger;
  #isUrgent = false;
  #passedOnAt = Number.NEGATIVE_INFINITY;

  constructor(sql: SqlStorage, colo: string) {
    this.#sql = sql;
    sql.exec("CREATE TABLE IF NOT EXISTS relay (id INTEGER PRIMARY KEY CHECK (id = 0), record TEXT NOT NULL)");
    const [row] = sql.exec<{ record: string }>("SELECT record FROM relay");
    // A record of another version is as good as none.
    const read = row ? recordSchema.safeParse(JSON.parse(row.record)).data : undefined;
    this.#outbox = new CountOutbox(colo, read?.outbox);
    this.#senders = new SenderLedger(read?.senders);
  }

  get isEmpty(): boolean {
    return this.#outbox.isEmpty;
  }

  take({ sender, sequence, rows, urgent }: CountBatch, now: number): void {
    if (!this.#senders.isNew(sender, sequence)) return;
    this.#senders.note(sender, sequence, now);
    this.#outbox.counts.add(rows);
    this.#isUrgent ||= urgent;
    this.#save();
  }

  /** What to pass on now; `null` while it is not time, or nothing is there. */
  due(now: number): CountBatch | null {
    // A clock that was set back does not hold it up.
    const waitedMs = Math.abs(now - this.#passedOnAt);
    if (this.#outbox.isEmpty || waitedMs < (this.#isUrgent ? URGENT_EVERY_MS : PASS_ON_EVERY_MS)) return null;
    this.#passedOnAt = now;
    const batch = this.#outbox.next(this.#isUrgent, now);
    this.#isUrgent = false;
    this.#save();
    return batch;
  }

  acknowledge(sequence: number): void {
    this.#outbox.acknowledge(sequence);
    this.#save();
  }

  #save(): void {
    const record = JSON.stringify({ outbox: this.#outbox.record, senders: this.#senders.record });
    this.#sql.exec(
      "INSERT INTO relay (id, record) VALUES (0, ?) ON CONFLICT DO UPDATE SET record = excluded.record",
      record,
    );
  }
}
