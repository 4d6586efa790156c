import { keep, type Series } from "../../src/latency-matrix/series.ts";
import { statisticsOf } from "../../src/latency-matrix/statistics.ts";
import type { PairReading } from "./api.ts";
import { createTable, recordSchema } from "./schema.ts";

type Row = { readonly target: string; readonly record: string };

/** What is kept of the ordered pairs of regions, in the object's own SQLite. */
export class Pairs {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(createTable);
  }

  add(source: string, target: string, fresh: Series): void {
    const [row] = this.#sql.exec<Row>(
      "SELECT target, record FROM pair WHERE source = ? AND target = ?",
      source,
      target,
    );
    this.#sql.exec(
      `INSERT INTO pair (source, target, measured_at, record) VALUES (?, ?, ?, ?)
       ON CONFLICT (source, target) DO UPDATE SET measured_at = excluded.measured_at, record = excluded.record`,
      source,
      target,
      fresh.at,
      JSON.stringify(keep(row ? seriesOf(row) : [], fresh)),
    );
  }

  read(source: string, target: string | null): PairReading[] {
    return this.#sql
      .exec<Row>("SELECT target, record FROM pair WHERE source = ?1 AND target = coalesce(?2, target)", source, target)
      .toArray()
      .flatMap((row) => {
        const statistics = statisticsOf(seriesOf(row));
        return statistics ? [{ source, target: row.target, statistics }] : [];
      });
  }

  /** When each target of a source was measured last, Unix milliseconds. */
  measuredAt(source: string): ReadonlyMap<string, number> {
    const rows = this.#sql.exec<{ target: string; measured_at: number }>(
      "SELECT target, measured_at FROM pair WHERE source = ?",
      source,
    );
    return new Map([...rows].map(({ target, measured_at }) => [target, measured_at]));
  }

  /** Forgets the pairs of regions that are not among these. */
  retain(regions: readonly string[]): void {
    this.#sql.exec(
      `DELETE FROM pair WHERE source NOT IN (SELECT value FROM json_each(?1))
         OR target NOT IN (SELECT value FROM json_each(?1))`,
      JSON.stringify(regions),
    );
  }
}

/** A record of another version is as good as none. */
function seriesOf({ record }: Row): readonly Series[] {
  return recordSchema.safeParse(JSON.parse(record)).data ?? [];
}
