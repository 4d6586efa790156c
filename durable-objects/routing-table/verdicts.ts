import { decodeVerdict } from "../../src/table/codec.ts";
import { type HeldVerdict, type Intake, receiveAll } from "../../src/table/reception.ts";
import type { Health, Table } from "../../src/table/table.ts";
import type { Loaded } from "./entities.ts";

type VerdictRow = {
  readonly backend: string;
  readonly live: string;
  readonly published: string;
  readonly recorded_at: number;
};

/**
 * The verdicts of the table's backends, in memory and in SQLite. What changes them is to be called within a transaction.
 */
export class Verdicts {
  readonly #sql: SqlStorage;
  readonly unreadable: readonly string[];
  #held: ReadonlyMap<string, HeldVerdict>;
  /** Those of the newest epoch. A new map when they change, since what is encoded of a map is kept. */
  #published: Health;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    const { value, unreadable } = readVerdicts(sql);
    this.unreadable = unreadable;
    this.#held = value;
    this.#published = publishedOf(value);
  }

  get published(): Health {
    return this.#published;
  }

  /** As they were last reported. */
  get live(): Health {
    return new Map([...this.#held].map(([id, { live }]) => [id, live]));
  }

  /** What reports would change. */
  receive(backends: Table["backends"], reports: unknown, now: number): Intake {
    return receiveAll(backends, this.#held, reports, now);
  }

  /** `epoch` is the one that publishes what is new. */
  take({ held, received, publish }: Intake, epoch: number): void {
    for (const id of received) {
      const verdict = held.get(id);
      const isNew = verdict?.published !== this.#held.get(id)?.published;
      if (verdict) writeVerdict(this.#sql, id, verdict, isNew ? epoch : null);
    }
    this.#held = held;
    if (publish) this.#published = publishedOf(held);
  }

  /** Those of backends that are gone go with them. */
  retain(backends: Table["backends"]): void {
    const gone = [...this.#held.keys()].filter((id) => !backends.has(id));
    if (gone.length === 0) return;
    for (const id of gone) this.#sql.exec("DELETE FROM verdict WHERE backend = ?", id);
    this.#held = new Map([...this.#held].filter(([id]) => backends.has(id)));
    this.#published = publishedOf(this.#held);
  }

  /** The backends whose verdict was published after an epoch. */
  since(epoch: number): string[] {
    const rows = this.#sql.exec<{ backend: string }>("SELECT backend FROM verdict WHERE published_epoch > ?", epoch);
    return [...rows].map(({ backend }) => backend);
  }
}

function publishedOf(held: ReadonlyMap<string, HeldVerdict>): Health {
  return new Map([...held].map(([id, { published }]) => [id, published]));
}

function readVerdicts(sql: SqlStorage): Loaded<Map<string, HeldVerdict>> {
  const value = new Map<string, HeldVerdict>();
  const unreadable: string[] = [];
  for (const row of sql.exec<VerdictRow>("SELECT * FROM verdict")) {
    const live = decodeVerdict(JSON.parse(row.live));
    const published = decodeVerdict(JSON.parse(row.published));
    if (!live.ok) unreadable.push(`verdict of ${row.backend}: ${live.error}`);
    else if (!published.ok) unreadable.push(`verdict of ${row.backend}: ${published.error}`);
    else value.set(row.backend, { live: live.value, published: published.value, recordedAt: row.recorded_at });
  }
  return { value, unreadable };
}

/** `publishedEpoch` is the epoch that first publishes what is published; `null` leaves it as it is. */
function writeVerdict(
  sql: SqlStorage,
  backend: string,
  { live, published, recordedAt }: HeldVerdict,
  publishedEpoch: number | null,
): void {
  sql.exec(
    `INSERT INTO verdict (backend, live, published, recorded_at, published_epoch) VALUES (?1, ?2, ?3, ?4, ifnull(?5, 0))
     ON CONFLICT (backend) DO UPDATE
     SET live = excluded.live, published = excluded.published, recorded_at = excluded.recorded_at,
       published_epoch = ifnull(?5, published_epoch)`,
    backend,
    JSON.stringify(live),
    JSON.stringify(published),
    recordedAt,
    publishedEpoch,
  );
}
