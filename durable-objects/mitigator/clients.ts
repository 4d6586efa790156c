import type { Cidr } from "../../src/base/ip.ts";
import { GoodClients } from "../../src/shield/ban/good-clients.ts";

/** The last sight of a client is stored no more often than so. */
const SAVE_EVERY_MS = 3_600_000;
const FORGET_EVERY_MS = 60_000;

type Row = { readonly client: string; readonly first: number; readonly last: number };

/** The sample of good clients, as it outlives the memory of the object. Clients that are not good yet do not. */
export class Clients {
  readonly #sql: SqlStorage;
  readonly #good: GoodClients;
  readonly #savedLast = new Map<string, number>();
  #forgotAt = 0;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    const kept = [...sql.exec<Row>("SELECT client, first, last FROM good_client")];
    this.#good = new GoodClients(seedOf(sql), kept);
    for (const { client, last } of kept) this.#savedLast.set(client, last);
  }

  get sample(): Pick<GoodClients, "known" | "mayTouch" | "touchedBy"> {
    return this.#good;
  }

  sight(client: string, at: number, now: number): void {
    const good = this.#good.sight(client, at, now);
    if (good === null || Math.abs(good.last - (this.#savedLast.get(client) ?? 0)) < SAVE_EVERY_MS) return;
    this.#savedLast.set(client, good.last);
    this.#sql.exec(
      `INSERT INTO good_client VALUES (?1, ?2, ?3, ?4)
       ON CONFLICT DO UPDATE SET hash = excluded.hash, first = excluded.first, last = excluded.last`,
      client,
      good.hash,
      Math.floor(good.first),
      Math.floor(good.last),
    );
  }

  /** Those who are banned for what they did have to be seen anew. */
  strike(cidr: Cidr): void {
    this.#drop(this.#good.strike(cidr));
  }

  /** From time to time. */
  forget(now: number): void {
    if (Math.abs(now - this.#forgotAt) < FORGET_EVERY_MS) return;
    this.#forgotAt = now;
    this.#drop(this.#good.forget(now));
    const above = this.#sql.exec<{ client: string }>(
      "DELETE FROM good_client WHERE hash >= ? RETURNING client",
      this.#good.ceiling,
    );
    for (const { client } of above) this.#savedLast.delete(client);
  }

  #drop(clients: readonly string[]): void {
    for (const client of clients) {
      this.#savedLast.delete(client);
      this.#sql.exec("DELETE FROM good_client WHERE client = ?", client);
    }
  }
}

/** Made once, so that the sample stays the same. */
function seedOf(sql: SqlStorage): number {
  const [row] = sql.exec<{ value: number }>("SELECT value FROM meta WHERE name = 'seed'");
  if (row) return row.value;
  const [seed = 0] = crypto.getRandomValues(new Uint32Array(1));
  sql.exec("INSERT INTO meta VALUES ('seed', ?)", seed);
  return seed;
}
