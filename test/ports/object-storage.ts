import { expect, it } from "vitest";

/** Runs work with the storage of an object that nothing else uses. */
export type WithStorage = <T>(work: (storage: DurableObjectStorage) => T | Promise<T>) => Promise<T>;

/** What the objects rely on of their storage, and the simulator's must do like the platform's. */
export function describeObjectStorage(withStorage: WithStorage): void {
  const withRows = <T>(work: (storage: DurableObjectStorage) => T | Promise<T>): Promise<T> =>
    withStorage((storage) => {
      storage.sql.exec(`
        DROP TABLE IF EXISTS fruit;
        CREATE TABLE fruit (name TEXT PRIMARY KEY, n INTEGER) WITHOUT ROWID;
      `);
      for (const [name, n] of [
        ["apple", 1],
        ["pear", 2],
        ["plum", 3],
      ])
        storage.sql.exec("INSERT INTO fruit VALUES (?, ?)", name, n);
      return work(storage);
    });
  const names = ({ sql }: DurableObjectStorage) =>
    sql
      .exec<{ name: string }>("SELECT name FROM fruit ORDER BY name")
      .toArray()
      .map(({ name }) => name);

  it("gives rows as plain objects, to loops and spreads alike", () =>
    withRows(({ sql }) => {
      const query = "SELECT name, n FROM fruit WHERE n > ? ORDER BY n";
      expect([...sql.exec(query, 1)]).toEqual([
        { name: "pear", n: 2 },
        { name: "plum", n: 3 },
      ]);
      const seen: unknown[] = [];
      for (const { name } of sql.exec(query, 2)) seen.push(name);
      expect(seen).toEqual(["plum"]);
      const [first] = sql.exec("SELECT n FROM fruit WHERE name = ?", "nothing");
      expect(first).toBeUndefined();
    }));

  it("reads a cursor once", () =>
    withRows(({ sql }) => {
      const cursor = sql.exec("SELECT name FROM fruit");
      expect(cursor.toArray()).toHaveLength(3);
      expect(cursor.toArray()).toEqual([]);
    }));

  it("`one` gives the only row, and throws at none and at two", () =>
    withRows(({ sql }) => {
      expect(sql.exec("SELECT n FROM fruit WHERE name = 'plum'").one()).toEqual({ n: 3 });
      expect(() => sql.exec("SELECT n FROM fruit WHERE n > 5").one()).toThrow();
      expect(() => sql.exec("SELECT n FROM fruit").one()).toThrow();
    }));

  it("gives NULL as null and keeps integers of 53 bits", () =>
    withRows(({ sql }) => {
      sql.exec("INSERT INTO fruit VALUES (?, ?)", "quince", null);
      expect(sql.exec("SELECT n FROM fruit WHERE name = 'quince'").one()).toEqual({ n: null });
      sql.exec("UPDATE fruit SET n = ? WHERE name = 'plum'", 1_893_456_000_123);
      expect(sql.exec("SELECT n FROM fruit WHERE name = 'plum'").one()).toEqual({ n: 1_893_456_000_123 });
    }));

  it("throws at a broken statement and at a broken constraint", () =>
    withRows(({ sql }) => {
      expect(() => sql.exec("SELEKT 1")).toThrow();
      expect(() => sql.exec("INSERT INTO fruit VALUES ('plum', 9)")).toThrow(/UNIQUE/);
    }));

  it("a transaction that throws has changed nothing, and gives what it threw", () =>
    withRows((storage) => {
      const work = () => {
        storage.sql.exec("DELETE FROM fruit");
        throw new Error("no");
      };
      expect(() => storage.transactionSync(work)).toThrow("no");
      expect(names(storage)).toEqual(["apple", "pear", "plum"]);
    }));

  it("a transaction within one is undone alone", () =>
    withRows((storage) => {
      const value = storage.transactionSync(() => {
        storage.sql.exec("DELETE FROM fruit WHERE name = 'apple'");
        const inner = () => {
          storage.sql.exec("DELETE FROM fruit");
          throw new Error("no");
        };
        expect(() => storage.transactionSync(inner)).toThrow("no");
        return "done";
      });
      expect(value).toBe("done");
      expect(names(storage)).toEqual(["pear", "plum"]);
    }));

  it("keeps values by name, as they were when they were put", () =>
    withStorage(({ kv }) => {
      expect(kv.get("basket")).toBeUndefined();
      const basket = { apples: 2, spec: { burst: 10 } };
      kv.put("basket", basket);
      basket.apples = 3;
      expect(kv.get("basket")).toEqual({ apples: 2, spec: { burst: 10 } });
      kv.put("basket", basket);
      expect(kv.get("basket")).toEqual(basket);
    }));

  it("forgets everything at a word, and goes on", () =>
    withRows(async (storage) => {
      storage.kv.put("basket", 1);
      await storage.deleteAll();
      expect(storage.kv.get("basket")).toBeUndefined();
      expect(() => names(storage)).toThrow(/no such table/);
      storage.kv.put("basket", 2);
      expect(storage.kv.get("basket")).toBe(2);
    }));

  it("has one alarm: the last that was set, or none", () =>
    withRows(async (storage) => {
      const far = Date.UTC(2100, 0, 1);
      await storage.deleteAlarm();
      expect(await storage.getAlarm()).toBeNull();
      await storage.setAlarm(far + 2);
      await storage.setAlarm(far + 1);
      expect(await storage.getAlarm()).toBe(far + 1);
      await storage.deleteAlarm();
      expect(await storage.getAlarm()).toBeNull();
    }));
}
