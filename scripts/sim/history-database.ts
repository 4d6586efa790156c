import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import type { Actor } from "./actor.ts";
import type { Address, Network } from "./network.ts";
import { openDatabase } from "./sql.ts";

const MIGRATIONS = join(import.meta.dirname, "../../src/adapters/d1/migrations");

interface Statement {
  readonly query: string;
  readonly bindings: readonly SQLInputValue[];
}

/** D1 over SQLite in memory, with the schema of the migrations: the part of the binding that the adapters use. */
export class HistoryDatabase {
  /** While it is set, every call fails. */
  isDown = false;
  readonly #database: DatabaseSync = openDatabase();
  readonly #network: Network;
  readonly #address: Address;

  constructor(network: Network, site: string) {
    this.#network = network;
    this.#address = { name: "d1", site };
    for (const name of readdirSync(MIGRATIONS).sort())
      this.#database.exec(readFileSync(join(MIGRATIONS, name), "utf8"));
  }

  /** The binding as an actor has it, whose calls travel from there. */
  boundTo(actor: Actor): D1Database {
    const run = (statements: readonly Statement[]) =>
      this.#network.ask(actor, this.#address, async () => this.#run(statements));
    const prepare = (query: string, bindings: readonly SQLInputValue[] = []) => ({
      query,
      bindings,
      bind: (...values: SQLInputValue[]) => prepare(query, values),
      all: async () => (await run([{ query, bindings }]))[0],
      run: async () => (await run([{ query, bindings }]))[0],
      first: async (column?: string) => {
        const row: Record<string, unknown> | undefined = (await run([{ query, bindings }]))[0]?.results[0];
        return (column === undefined ? row : row?.[column]) ?? null;
      },
    });
    // The adapters use no other part of it; one that did would fail at the first call.
    return { prepare, batch: run } as unknown as D1Database;
  }

  /** What a query finds, for a look that is no call. */
  look(query: string): readonly Readonly<Record<string, unknown>>[] {
    return this.#database.prepare(query).all();
  }

  #run(statements: readonly Statement[]) {
    if (this.isDown) throw new Error("D1_ERROR: the database is down");
    this.#database.exec("BEGIN");
    try {
      const answers = statements.map(({ query, bindings }) => {
        const results = this.#database.prepare(query).all(...bindings);
        return { success: true, results: results.map((row) => ({ ...row })) };
      });
      this.#database.exec("COMMIT");
      return answers;
    } catch (error) {
      this.#database.exec("ROLLBACK");
      throw error;
    }
  }
}
