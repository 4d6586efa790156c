import { type FailoverRecord, failoverRecordSchema, isOver } from "../../src/failover/record.ts";
import { createTable } from "./schema.ts";

/** Records that are kept, with those that are not over whatever their number. */
export const MAX_RECORDS = 500;

type Row = { readonly id: string; readonly json: string };

/** The records of failovers, in memory and in SQLite, the oldest first. */
export class Records {
  readonly #sql: SqlStorage;
  readonly #records = new Map<string, FailoverRecord>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(createTable);
    for (const { id, json } of sql.exec<Row>("SELECT id, json FROM failover ORDER BY requested_at, id")) {
      const read = failoverRecordSchema.safeParse(JSON.parse(json));
      // One that this version cannot read stays stored, and takes no part.
      if (read.success) this.#records.set(id, read.data);
      else console.warn("failover coordinator: a stored record cannot be read", id);
    }
  }

  all(): readonly FailoverRecord[] {
    return [...this.#records.values()];
  }

  open(): readonly FailoverRecord[] {
    return this.all().filter((record) => !isOver(record));
  }

  find(id: string): FailoverRecord | null {
    return this.#records.get(id) ?? null;
  }

  put(record: FailoverRecord): void {
    this.#sql.exec(
      `INSERT INTO failover (id, requested_at, json) VALUES (?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET json = excluded.json`,
      record.id,
      record.requestedAt,
      JSON.stringify(record),
    );
    this.#records.set(record.id, record);
    for (const old of this.all()) {
      if (this.#records.size <= MAX_RECORDS) return;
      if (!isOver(old)) continue;
      this.#sql.exec("DELETE FROM failover WHERE id = ?", old.id);
      this.#records.delete(old.id);
    }
  }
}
