import { decodeFailover } from "../../src/table/codec.ts";
import type { Failover, Failovers } from "../../src/table/failover.ts";
import type { Table } from "../../src/table/table.ts";

type FailoverRow = { readonly region: string; readonly json: string | null };

/**
 * The failovers of the table's regions, in memory and in SQLite. A region whose failover is over keeps an empty row, so
 * that readers can be told. What changes them is to be called within a transaction.
 */
export class RegionFailovers {
  readonly #sql: SqlStorage;
  readonly unreadable: readonly string[];
  /** A new map when they change, since what is encoded of a map is kept. */
  #published: Failovers;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    const unreadable: string[] = [];
    const published = new Map<string, Failover>();
    for (const { region, json } of sql.exec<FailoverRow>("SELECT region, json FROM failover WHERE json IS NOT NULL")) {
      const read = decodeFailover(JSON.parse(json as string));
      if (read.ok) published.set(region, read.value);
      else unreadable.push(`failover of ${region}: ${read.error}`);
    }
    this.unreadable = unreadable;
    this.#published = published;
  }

  get published(): Failovers {
    return this.#published;
  }

  /** `null` ends it. `epoch` is the one that publishes the change. */
  set(region: string, failover: Failover | null, epoch: number): void {
    this.#sql.exec(
      `INSERT INTO failover (region, json, published_epoch) VALUES (?, ?, ?)
       ON CONFLICT (region) DO UPDATE SET json = excluded.json, published_epoch = excluded.published_epoch`,
      region,
      failover === null ? null : JSON.stringify(failover),
      epoch,
    );
    const next = new Map(this.#published);
    if (failover === null) next.delete(region);
    else next.set(region, failover);
    this.#published = next;
  }

  /** Those of regions that are gone go with them. */
  retain(regions: Table["regions"], epoch: number): void {
    for (const region of this.#published.keys()) if (!regions.has(region)) this.set(region, null, epoch);
  }

  /** The regions whose failover has changed after an epoch. */
  since(epoch: number): string[] {
    const rows = this.#sql.exec<{ region: string }>("SELECT region FROM failover WHERE published_epoch > ?", epoch);
    return [...rows].map(({ region }) => region);
  }
}
