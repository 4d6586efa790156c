import { z } from "zod";
import { type Learned, type LearnedRow, learnedRowSchema } from "../../src/table/learned-row.ts";
import { type HeldRow, type HeldRows, takeRows } from "../../src/table/learning.ts";
import { readCounter, writeCounter } from "./counter.ts";

/** Characters of JSON in the rows of all colos together; beyond, those of the colo that told longest ago give way. */
export const MAX_LEARNED_CHARS = 4_000_000;

interface HeldColo {
  readonly rows: HeldRows;
  readonly toldAt: number;
  /** Of its rows as they are stored. */
  readonly chars: number;
}

const storedSchema = z.array(z.tuple([z.string(), z.int(), learnedRowSchema.nullable()]));

/**
 * What the edges have learned, in memory and in SQLite: one row a colo, since each row written is billed. What is told
 * is stored at once under the next epoch, whichever makes that, and is published with it.
 */
export class LearnedRows {
  readonly #sql: SqlStorage;
  readonly #colos = new Map<string, HeldColo>();
  #chars = 0;
  /** The rows of the newest epoch. A new map when they change, since what is encoded of a map is kept. */
  #published: Learned = new Map();
  #isWaiting = false;

  constructor(sql: SqlStorage, epoch: number) {
    this.#sql = sql;
    const stored = sql.exec<{ colo: string; told_at: number; json: string }>("SELECT * FROM learned ORDER BY told_at");
    for (const { colo, told_at, json } of stored) {
      const read = storedSchema.safeParse(JSON.parse(json));
      // Rows that this version cannot read are learned anew.
      const rows = new Map(read.success ? read.data.map(([place, at, row]) => [place, { row, epoch: at }]) : []);
      this.#hold(colo, { rows, toldAt: told_at, chars: json.length });
    }
    this.publish();
    const epochs = [...this.#colos.values()].flatMap(({ rows }) => [...rows.values()].map((row) => row.epoch));
    this.#isWaiting = epochs.some((each) => each > epoch) || readCounter(sql, "forgotten-learned") > epoch;
  }

  get published(): Learned {
    return this.#published;
  }

  /** Whether there is something that the next epoch will publish. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  /** To be called within a transaction. Returns whether anything is new. */
  take(colo: string, told: readonly (readonly [string, LearnedRow])[], nextEpoch: number, now: number): boolean {
    const intake = takeRows(colo, this.#colos.get(colo)?.rows ?? new Map(), told, nextEpoch);
    if (!intake) return false;
    const json = JSON.stringify([...intake.held].map(([place, { epoch, row }]) => [place, epoch, row]));
    this.#sql.exec(
      `INSERT INTO learned (colo, told_at, json) VALUES (?, ?, ?)
       ON CONFLICT (colo) DO UPDATE SET told_at = excluded.told_at, json = excluded.json`,
      colo,
      now,
      json,
    );
    this.#hold(colo, { rows: intake.held, toldAt: now, chars: json.length });
    this.#forget(intake.forgottenUpTo);
    this.#evict(colo, nextEpoch);
    this.#isWaiting = true;
    return true;
  }

  /** To be called with each new epoch. */
  publish(): void {
    this.#isWaiting = false;
    const rows = [...this.#colos.values()].flatMap(({ rows }) => [...rows]);
    this.#published = new Map(rows.flatMap(([place, { row }]) => (row === null ? [] : [[place, row] as const])));
  }

  /** The places whose rows may have changed since an epoch; `null` when that is not known any more. */
  touchedSince(epoch: number): ReadonlySet<string> | null {
    if (epoch < readCounter(this.#sql, "forgotten-learned")) return null;
    const isNewer = ([, row]: readonly [string, HeldRow]) => row.epoch > epoch;
    return new Set([...this.#colos.values()].flatMap(({ rows }) => [...rows].filter(isNewer).map(([place]) => place)));
  }

  #hold(colo: string, held: HeldColo): void {
    this.#chars += held.chars - (this.#colos.get(colo)?.chars ?? 0);
    // The last that told goes to the end.
    this.#colos.delete(colo);
    this.#colos.set(colo, held);
  }

  #evict(kept: string, nextEpoch: number): void {
    for (const [colo, { chars }] of this.#colos) {
      if (this.#chars <= MAX_LEARNED_CHARS || colo === kept) return;
      this.#colos.delete(colo);
      this.#chars -= chars;
      this.#sql.exec("DELETE FROM learned WHERE colo = ?", colo);
      this.#forget(nextEpoch);
    }
  }

  #forget(upTo: number): void {
    if (upTo > readCounter(this.#sql, "forgotten-learned")) writeCounter(this.#sql, "forgotten-learned", upTo);
  }
}
