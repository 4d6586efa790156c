import { z } from "zod";
import { pairStatisticsSchema } from "../../src/latency-matrix/statistics.ts";
import { MAX_REGIONS, regionIdSchema, type Vantage } from "../../src/table/region.ts";
import type { PairReading, VantageRow } from "./api.ts";

const rowSchema = z.array(z.tuple([regionIdSchema, pairStatisticsSchema])).max(MAX_REGIONS);

/** The rows of the health monitors, one a vantage, in the object's own SQLite. */
export class VantageRows {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec("CREATE TABLE IF NOT EXISTS vantage (vantage TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID");
  }

  keep(vantage: Vantage, told: VantageRow): void {
    const row = rowSchema.safeParse(told);
    if (!row.success) {
      console.warn(`latency prober: ${vantage} told what is no row`, row.error.message);
      return;
    }
    this.#sql.exec(
      "INSERT INTO vantage (vantage, record) VALUES (?, ?) ON CONFLICT (vantage) DO UPDATE SET record = excluded.record",
      vantage,
      JSON.stringify(row.data),
    );
  }

  /** Nothing of a source that is no vantage. */
  read(source: string, target: string | null): PairReading[] {
    return this.#sql
      .exec<{ record: string }>("SELECT record FROM vantage WHERE vantage = ?", source)
      .toArray()
      .flatMap(({ record }) => rowSchema.safeParse(JSON.parse(record)).data ?? [])
      .filter(([region]) => target === null || region === target)
      .map(([region, statistics]) => ({ source, target: region, statistics }));
  }
}
