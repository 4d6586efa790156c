import { withTimeout } from "./with-timeout.ts";

const TIMEOUT_MS = 10_000;
const RETRY_MS = 2000;
const MAX_RETRY_MS = 300_000;
const KEPT_MS = 90 * 86_400_000;
const SWEEP_EVERY_MS = 86_400_000;

/** Records of one kind that an object keeps, and of which D1 is to have copies. */
interface Records<T> {
  /** Those that D1 does not have as they are now. */
  waiting(limit: number): readonly T[];
  /** D1 has these. */
  copied(taken: readonly T[]): void;
}

/** What goes to D1 of one kind of records. */
export interface Consignor {
  /** What is to go now, and what to do once it is there; `null` where nothing waits. */
  pack(db: D1Database): { readonly statement: D1PreparedStatement; readonly delivered: () => void } | null;
  /** Forgets at D1 what is from before a time, Unix milliseconds. */
  sweep(db: D1Database, before: number): D1PreparedStatement;
}

/** At most `limit` records go at once. `keep` has to be idempotent: what was taken comes again where that was not heard. */
export function consignor<T>(
  records: Records<T>,
  limit: number,
  keep: (db: D1Database, waiting: readonly T[]) => D1PreparedStatement,
  sweep: Consignor["sweep"],
): Consignor {
  return {
    pack(db) {
      const waiting = records.waiting(limit);
      return waiting.length === 0 ? null : { statement: keep(db, waiting), delivered: () => records.copied(waiting) };
    },
    sweep,
  };
}

/** Brings records to D1, again and again until D1 takes them, and each day takes out what D1 has had for 90 days. */
export class Courier {
  readonly #name: string;
  readonly #storage: DurableObjectStorage;
  readonly #db: D1Database;
  readonly #consignors: readonly Consignor[];
  #retryAt = 0;
  #failures = 0;
  #sweptAt = 0;
  #isUnderway = false;

  /** `name` is the object's, for its logs. */
  constructor(name: string, storage: DurableObjectStorage, db: D1Database, consignors: readonly Consignor[]) {
    this.#name = name;
    this.#storage = storage;
    this.#db = db;
    this.#consignors = consignors;
  }

  /** Sends one batch, if there is one and it is time, and none is on its way. Never throws: what D1 refuses stays. */
  async run(now: number): Promise<void> {
    if (this.#isUnderway || (now < this.#retryAt && this.#retryAt - now <= MAX_RETRY_MS)) return;
    this.#isUnderway = true;
    try {
      const packed = this.#consignors.flatMap((each) => each.pack(this.#db) ?? []);
      const isSweep = Math.abs(now - this.#sweptAt) >= SWEEP_EVERY_MS;
      if (packed.length === 0 && !isSweep) return;
      const sweeps = isSweep ? this.#consignors.map((each) => each.sweep(this.#db, now - KEPT_MS)) : [];
      await withTimeout(this.#db.batch([...packed.map(({ statement }) => statement), ...sweeps]), TIMEOUT_MS);
      this.#failures = 0;
      if (isSweep) this.#sweptAt = now;
      this.#storage.transactionSync(() => {
        for (const { delivered } of packed) delivered();
      });
    } catch (cause) {
      this.#failures += 1;
      this.#retryAt = now + Math.min(RETRY_MS * 2 ** (this.#failures - 1), MAX_RETRY_MS);
      console.warn(`${this.#name}: nothing came to D1 ${this.#failures} times in a row`, cause);
    } finally {
      this.#isUnderway = false;
    }
  }
}
