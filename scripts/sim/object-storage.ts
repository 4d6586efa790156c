import type { DatabaseSync } from "node:sqlite";
import { deserialize, serialize } from "node:v8";
import { sqlOver } from "./sql.ts";

/** The alarm of an object, which outlives its memory. */
export interface AlarmClock {
  get(): number | null;
  set(at: number | null): void;
}

/**
 * The storage of a Durable Object over a SQLite database in memory: the part of the platform's that the objects use.
 * One for each life of an object; `isAlive` false makes it refuse, as the platform's does after a reset.
 */
export function objectStorage(database: DatabaseSync, alarm: AlarmClock, isAlive: () => boolean): DurableObjectStorage {
  const check = () => {
    if (!isAlive()) throw new Error("This Durable Object has been reset.");
  };
  const sql = sqlOver(database, check);
  let depth = 0;

  function transactionSync<T>(work: () => T): T {
    check();
    const savepoint = `level_${++depth}`;
    database.exec(`SAVEPOINT ${savepoint}`);
    try {
      const value = work();
      database.exec(`RELEASE ${savepoint}`);
      return value;
    } catch (error) {
      database.exec(`ROLLBACK TO ${savepoint}; RELEASE ${savepoint}`);
      throw error;
    } finally {
      depth -= 1;
    }
  }

  const rows = (query: string, ...bindings: unknown[]) => {
    sql.exec("CREATE TABLE IF NOT EXISTS _kv (key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID");
    return [...sql.exec(query, ...bindings)] as unknown as { readonly value: Uint8Array }[];
  };
  const kv = {
    get: (key: string): unknown => {
      const [row] = rows("SELECT value FROM _kv WHERE key = ?", key);
      return row && deserialize(row.value);
    },
    put: (key: string, value: unknown) => void rows("INSERT OR REPLACE INTO _kv VALUES (?, ?)", key, serialize(value)),
  };

  function deleteAll(): void {
    check();
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
    for (const { name } of tables) database.exec(`DROP TABLE "${name}"`);
  }

  const storage = {
    sql,
    kv,
    transactionSync,
    deleteAll: async () => deleteAll(),
    getAlarm: async () => {
      check();
      return alarm.get();
    },
    setAlarm: async (at: number | Date) => {
      check();
      alarm.set(Number(at));
    },
    deleteAlarm: async () => {
      check();
      alarm.set(null);
    },
  };
  // The objects use no other part of it; one that did would fail at the first call.
  return storage as unknown as DurableObjectStorage;
}
