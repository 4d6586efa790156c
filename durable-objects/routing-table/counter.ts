type Counter = "epoch" | "copied-epoch" | "dropped-records" | "swept-at" | "forgotten-learned";

/** Single numbers that are kept; 0 until first written. */
export function readCounter(sql: SqlStorage, name: Counter): number {
  const [row] = sql.exec<{ value: number }>("SELECT value FROM counter WHERE name = ?", name);
  return row?.value ?? 0;
}

export function writeCounter(sql: SqlStorage, name: Counter, value: number): void {
  sql.exec(
    "INSERT INTO counter (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    name,
    value,
  );
}
