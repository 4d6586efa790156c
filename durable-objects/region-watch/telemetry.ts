import { z } from "zod";
import type { CountBatch } from "../../src/health/count-batch.ts";
import { regionRowSchema } from "../../src/health/region-counts.ts";
import { READING_MS, type RegionReading, RegionWindow } from "../../src/health/region-window.ts";
import { type LedgerRecord, SenderLedger } from "../../src/health/sender-ledger.ts";

/** Senders are forgotten in memory by their ledger; here, a day after they were last heard. */
const KEEP_SENDERS_MS = 86_400_000;
/** Rows that have ended are taken out so often, together. */
const SWEEP_EVERY_MS = 10_000;

const rowsSchema = z.array(regionRowSchema);

/** What the edges have counted of late, each batch once, as it outlives the memory of the object. */
export class Telemetry {
  readonly #storage: DurableObjectStorage;
  readonly #senders: SenderLedger;
  readonly #window = new RegionWindow();
  #sweptAt = 0;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    const { sql } = storage;
    const senders = sql.exec<{ sender: string; sequence: number; at: number }>("SELECT * FROM sender ORDER BY at");
    this.#senders = new SenderLedger(
      [...senders].map((row): LedgerRecord[number] => [row.sender, row.sequence, row.at]),
    );
    for (const { at, rows } of sql.exec<{ at: number; rows: string }>("SELECT at, rows FROM batch"))
      this.#window.add(rowsSchema.safeParse(JSON.parse(rows)).data ?? [], at);
  }

  /** Stores a batch and counts it, unless it was counted before. */
  take({ sequence, rows }: CountBatch, sender: string, now: number): void {
    if (!this.#senders.isNew(sender, sequence)) return;
    const { sql } = this.#storage;
    this.#storage.transactionSync(() => {
      sql.exec("INSERT INTO batch VALUES (?, ?, ?, ?)", sender, sequence, now, JSON.stringify(rows));
      sql.exec(
        `INSERT INTO sender VALUES (?, ?, ?)
         ON CONFLICT DO UPDATE SET sequence = excluded.sequence, at = excluded.at`,
        sender,
        sequence,
        now,
      );
    });
    this.#senders.note(sender, sequence, now);
    this.#window.add(rows, now);
  }

  readings(now: number): ReadonlyMap<string, RegionReading> {
    if (Math.abs(now - this.#sweptAt) >= SWEEP_EVERY_MS) {
      this.#sweptAt = now;
      const { sql } = this.#storage;
      sql.exec("DELETE FROM batch WHERE at <= ? OR at > ?", now - READING_MS, now);
      sql.exec("DELETE FROM sender WHERE at < ?", now - KEEP_SENDERS_MS);
    }
    return this.#window.readings(now);
  }
}
