import { z } from "zod";
import { MAX_SEEN, type Seen } from "../../src/routing/latency/track.ts";
import { type LearnedRow, learnedRowSchema } from "../../src/table/learned-row.ts";
import { regionIdSchema } from "../../src/table/region.ts";

const seenSchema = z.object({ ms: z.number().gt(0).max(60_000), at: z.number().min(0) });

/** Each part by itself: one that cannot be read leaves the other. */
const recordSchema = z.object({
  seen: z.record(regionIdSchema, z.array(seenSchema).max(MAX_SEEN)).catch({}),
  told: learnedRowSchema.catch({}),
});

/** What is kept of one place: the samples by region, and the row that the table was told last. */
export interface PlaceRecord {
  readonly place: string;
  readonly seen: ReadonlyMap<string, readonly Seen[]>;
  readonly told: LearnedRow;
}

/**
 * What an observer has learned, in its own SQLite: without it each new object, after ten idle seconds, would begin
 * anew and tell the table less than the one before. One JSON text a place, since it is read and written whole.
 */
export class Records {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec("CREATE TABLE IF NOT EXISTS place (place TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID");
  }

  /** Records that are no JSON are dropped. */
  all(): PlaceRecord[] {
    const rows = this.#sql.exec<{ place: string; record: string }>("SELECT place, record FROM place").toArray();
    return rows.flatMap(({ place, record }) => {
      const read = recordSchema.safeParse(parseJson(record));
      return read.success ? [{ place, seen: new Map(Object.entries(read.data.seen)), told: read.data.told }] : [];
    });
  }

  save({ place, seen, told }: PlaceRecord): void {
    const record = JSON.stringify({ seen: Object.fromEntries(seen), told });
    this.#sql.exec(
      "INSERT INTO place (place, record) VALUES (?, ?) ON CONFLICT DO UPDATE SET record = excluded.record",
      place,
      record,
    );
  }

  /** Drops the places that are not among these. */
  keep(places: ReadonlySet<string>): void {
    const kept = JSON.stringify([...places]);
    this.#sql.exec("DELETE FROM place WHERE place NOT IN (SELECT value FROM json_each(?))", kept);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
