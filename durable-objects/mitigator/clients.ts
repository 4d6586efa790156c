import type { Cidr } from "../../src/base/ip.ts";
import type { Sql } from "../../src/base/sql.ts";
import { GoodClients, type Seen } from "../../src/shield/ban/good-clients.ts";

/** The last sight of a client is stored no more often than so, but for the one that makes it good. */
const SAVE_EVERY_MS = 3_600_000;
const FORGET_EVERY_MS = 60_000;

type Row = { readonly client: string; readonly first: number; readonly last: number };

/** The sample of good clients, and of those that may become so, as it outlives the memory of the object. */
export class Clients {
  readonly #sql: Sql;
  readonly #good: GoodClients;
  readonly #saved = new Map<string, Pick<Seen, "last" | "isGood">>();
  #forgotAt = 0;

  constructor(sql: Sql, now: number, collateralPercent?: number) {
    this.#sql = sql;
    const kept = [...sql.exec<Row>("SELECT client, first, last FROM good_client")];
    const [seed = 0] = crypto.getRandomValues(new Uint32Array(1));
    this.#good = new GoodClients(madeOnce(sql, "seed", seed), madeOnce(sql, "since", now), kept, collateralPercent);
    for (const { client, last } of kept) this.#saved.set(client, { last, isGood: false });
  }

  get sample(): Pick<GoodClients, "known" | "mayTouch" | "touchedBy"> {
    return this.#good;
  }

  sight(client: string, at: number, now: number): void {
    const seen = this.#good.sight(client, at, now);
    const saved = this.#saved.get(client) ?? { last: 0, isGood: false };
    if (seen === null || (seen.isGood === saved.isGood && Math.abs(seen.last - saved.last) < SAVE_EVERY_MS)) return;
    this.#saved.set(client, seen);
    this.#sql.exec(
      `INSERT INTO good_client VALUES (?1, ?2, ?3, ?4)
       ON CONFLICT DO UPDATE SET hash = excluded.hash, first = excluded.first, last = excluded.last`,
      client,
      seen.hash,
      Math.floor(seen.first),
      Math.floor(seen.last),
    );
  }

  /** Who has been banned for what it did has to be seen anew. */
  strike(cidr: Cidr): void {
    this.#drop(this.#good.strike(cidr));
  }

  /** From time to time. */
  forget(now: number): void {
    if (Math.abs(now - this.#forgotAt) < FORGET_EVERY_MS) return;
    this.#forgotAt = now;
    this.#good.forget(now);
    this.#drop([...this.#saved.keys()].filter((client) => !this.#good.holds(client)));
  }

  #drop(clients: readonly string[]): void {
    for (const client of clients) {
      this.#saved.delete(client);
      this.#sql.exec("DELETE FROM good_client WHERE client = ?", client);
    }
  }
}

/** The same from then on, whatever is handed in, so that the sample stays the same. */
function madeOnce(sql: Sql, name: string, value: number): number {
  sql.exec("INSERT INTO meta VALUES (?, ?) ON CONFLICT DO NOTHING", name, value);
  return sql.exec<{ value: number }>("SELECT value FROM meta WHERE name = ?", name).one().value;
}
