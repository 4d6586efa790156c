import { flush, readOutbox } from "./outbox.ts";

/** Collects what changes together into one flush. */
const FLUSH_DELAY_MS = 1000;
const MAX_FLUSH_DELAY_MS = 300_000;

/** Brings the outbox to D1, again and again until D1 takes it. Times are Unix milliseconds. */
export class Courier {
  readonly #storage: DurableObjectStorage;
  readonly #db: D1Database;
  #dueAt: number | null = null;
  #failures = 0;

  constructor(storage: DurableObjectStorage, db: D1Database, now: number) {
    this.#storage = storage;
    this.#db = db;
    if (readOutbox(storage.sql).waiting > 0) this.#dueAt = now;
  }

  /** When to run next; `null` when nothing waits. */
  get dueAt(): number | null {
    return this.#dueAt;
  }

  /** Flushes that have failed in a row. */
  get failures(): number {
    return this.#failures;
  }

  /** Something was put into the outbox. */
  expect(now: number): void {
    this.#dueAt ??= now + FLUSH_DELAY_MS;
  }

  /** Sends one batch if it is time. Never throws: what D1 refuses stays in the outbox. */
  async run(now: number): Promise<void> {
    if (this.#dueAt === null || this.#dueAt > now) return;
    try {
      await flush(this.#storage, this.#db, now);
      this.#failures = 0;
      this.#dueAt = readOutbox(this.#storage.sql).waiting > 0 ? now : null;
    } catch (cause) {
      this.#failures++;
      this.#dueAt = now + Math.min(FLUSH_DELAY_MS * 2 ** this.#failures, MAX_FLUSH_DELAY_MS);
      console.warn("routing table: D1 took no records, to be tried again", this.#failures, cause);
    }
  }
}
