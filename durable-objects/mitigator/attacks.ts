import { type AttackRecord, attackRecordSchema } from "../../src/shield/mitigation/attack-record.ts";
import { type OpenAttack, openAttackSchema } from "../../src/shield/mitigation/defend.ts";

/** Attacks that are over and kept here; D1 has them longer. */
const MAX_OVER = 200;
/** More attacks than these at once are not looked at: a service has one of each direction. */
export const MAX_OPEN = 500;
/** What only moves figures is stored no more often than so. */
const SAVE_EVERY_MS = 10_000;

type Row = { readonly id: string; readonly version: number; readonly json: string; readonly open: string | null };

/** What attacks are told apart by. */
export const attackKey = ({ service, direction }: Pick<AttackRecord, "service" | "direction">): string =>
  `${direction} ${service}`;

/** The attacks that go on, in memory and SQLite, and the last that are over. */
export class Attacks {
  readonly #sql: SqlStorage;
  readonly #open = new Map<string, OpenAttack>();
  readonly #savedAt = new Map<string, number>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    for (const { json, open } of sql.exec<Row>("SELECT * FROM attack WHERE open IS NOT NULL ORDER BY id")) {
      // One of another version is no longer looked after; what was done about it is then unknown, and is undone.
      const read = openAttackSchema.safeParse({ ...JSON.parse(open as string), record: JSON.parse(json) });
      if (read.success) this.#open.set(attackKey(read.data.record), read.data);
    }
  }

  /** By `attackKey`. */
  get open(): ReadonlyMap<string, OpenAttack> {
    return this.#open;
  }

  /** Keeps an attack as it is now. */
  put(next: OpenAttack, now: number): void {
    const { record } = next;
    const key = attackKey(record);
    const before = this.#open.get(key);
    if (record.state === "over") this.#open.delete(key);
    else this.#open.set(key, next);
    if (before?.record.id === record.id && !this.#isWorthSaving(before, next, now)) return;
    this.#savedAt.set(record.id, now);
    const { record: _, ...open } = next;
    this.#sql.exec(
      `INSERT INTO attack VALUES (?1, ?2, 1, 0, ?3, ?4)
       ON CONFLICT DO UPDATE SET version = version + 1, json = excluded.json, open = excluded.open`,
      record.id,
      record.service,
      JSON.stringify(record),
      record.state === "over" ? null : JSON.stringify(open),
    );
    if (record.state !== "over") return;
    this.#savedAt.delete(record.id);
    this.#sql.exec(
      "DELETE FROM attack WHERE id IN (SELECT id FROM attack WHERE open IS NULL ORDER BY id DESC LIMIT -1 OFFSET ?)",
      MAX_OVER,
    );
  }

  /** Newest first, of those that are over. */
  over(limit: number, before: string | null, service: string | null): AttackRecord[] {
    const rows = this.#sql.exec<{ json: string }>(
      `SELECT json FROM attack
       WHERE open IS NULL AND id < coalesce(?1, 'zzzzzzzzzz') AND service = coalesce(?2, service)
       ORDER BY id DESC LIMIT ?3`,
      before,
      service,
      limit,
    );
    return [...rows].flatMap(readRecord);
  }

  find(id: string): AttackRecord | null {
    for (const { record } of this.#open.values()) if (record.id === id) return record;
    const rows = [...this.#sql.exec<{ json: string }>("SELECT json FROM attack WHERE id = ? AND open IS NULL", id)];
    return rows.flatMap(readRecord)[0] ?? null;
  }

  /** Those that D1 is to have, with the version that they are now. */
  waiting(limit: number): { readonly record: AttackRecord; readonly version: number }[] {
    const rows = this.#sql.exec<Row>("SELECT * FROM attack WHERE copied < version ORDER BY id LIMIT ?", limit);
    return [...rows].flatMap((row) => readRecord(row).map((record) => ({ record, version: row.version })));
  }

  /** D1 has these versions. */
  copied(taken: Readonly<ReturnType<Attacks["waiting"]>>): void {
    for (const { record, version } of taken)
      this.#sql.exec("UPDATE attack SET copied = ? WHERE id = ?", version, record.id);
  }

  #isWorthSaving({ record: before }: OpenAttack, { record: after }: OpenAttack, now: number): boolean {
    const savedAt = this.#savedAt.get(after.id) ?? Number.NEGATIVE_INFINITY;
    return (
      before.timeline !== after.timeline ||
      before.state !== after.state ||
      before.bans !== after.bans ||
      before.proposals !== after.proposals ||
      Math.abs(now - savedAt) >= SAVE_EVERY_MS
    );
  }
}

function readRecord({ json }: { readonly json: string }): AttackRecord[] {
  const read = attackRecordSchema.safeParse(JSON.parse(json));
  return read.success ? [read.data] : [];
}
