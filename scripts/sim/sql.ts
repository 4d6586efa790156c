import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import type { Sql } from "../../src/base/sql.ts";

export const openDatabase = (): DatabaseSync => new DatabaseSync(":memory:");

/** The statements of an object's storage over a database; `check` comes before each. */
export function sqlOver(database: DatabaseSync, check: () => void = () => undefined): Sql {
  const statements = new Map<string, StatementSync>();

  function exec(query: string, ...bindings: unknown[]): object {
    check();
    let statement = statements.get(query);
    if (!statement) {
      // Several statements in one text take no bindings here.
      if (/;\s*\S/.test(query)) {
        database.exec(query);
        return cursor([]);
      }
      statement = database.prepare(query);
      statements.set(query, statement);
    }
    return cursor(statement.all(...(bindings as SQLInputValue[])));
  }

  // Its rows are what the caller says that they are, as the platform's.
  return { exec } as Sql;
}

/** Reads once, as the platform's cursors do: what has been taken from it does not come again. */
function cursor(found: readonly Record<string, unknown>[]): object {
  const rows = found.map((row) => ({ ...row }));
  const toArray = () => rows.splice(0);
  return {
    toArray,
    one: () => {
      const [row, ...others] = toArray();
      if (row === undefined || others.length > 0) throw new Error("Expected exactly one result from SQL query.");
      return row;
    },
    next: () => {
      const value = rows.shift();
      return value === undefined ? { done: true } : { done: false, value };
    },
    *[Symbol.iterator]() {
      for (let row = rows.shift(); row !== undefined; row = rows.shift()) yield row;
    },
  };
}
