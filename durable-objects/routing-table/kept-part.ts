import type { Result } from "../../src/base/result.ts";

type Row = { readonly id: string; readonly json: string | null };

/**
 * A part of the table that is observed rather than configured, in memory and in SQLite: the failovers of regions, the
 * defences of services. What is over keeps an empty row, so that readers can be told. What changes it is to be called
 * within a transaction.
 */
export class KeptPart<T> {
  readonly #sql: SqlStorage;
  readonly #name: "failover" | "defence";
  readonly unreadable: readonly string[];
  /** A new map when it changes, since what is encoded of a map is kept. */
  #published: ReadonlyMap<string, T>;

  constructor(sql: SqlStorage, name: "failover" | "defence", decode: (json: unknown) => Result<T, string>) {
    this.#sql = sql;
    this.#name = name;
    const unreadable: string[] = [];
    const published = new Map<string, T>();
    for (const { id, json } of sql.exec<Row>(`SELECT id, json FROM ${name} WHERE json IS NOT NULL`)) {
      const read = decode(JSON.parse(json as string));
      if (read.ok) published.set(id, read.value);
      else unreadable.push(`${name} of ${id}: ${read.error}`);
    }
    this.unreadable = unreadable;
    this.#published = published;
  }

  get published(): ReadonlyMap<string, T> {
    return this.#published;
  }

  /** `null` ends it. `epoch` is the one that publishes the change. */
  set(id: string, entry: T | null, epoch: number): void {
    this.#sql.exec(
      `INSERT INTO ${this.#name} (id, json, published_epoch) VALUES (?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET json = excluded.json, published_epoch = excluded.published_epoch`,
      id,
      entry === null ? null : JSON.stringify(entry),
      epoch,
    );
    const next = new Map(this.#published);
    if (entry === null) next.delete(id);
    else next.set(id, entry);
    this.#published = next;
  }

  /** Those of regions or services that are gone go with them. */
  retain(owners: ReadonlyMap<string, unknown>, epoch: number): void {
    for (const id of this.#published.keys()) if (!owners.has(id)) this.set(id, null, epoch);
  }

  /** The ids whose entry has changed after an epoch. */
  since(epoch: number): string[] {
    const rows = this.#sql.exec<{ id: string }>(`SELECT id FROM ${this.#name} WHERE published_epoch > ?`, epoch);
    return [...rows].map(({ id }) => id);
  }
}
