import type { Cast } from "../../src/health/ballot.ts";
import type { HeldVote } from "../../src/health/quorum.ts";
import { type HeldVerdict, type Intake, settleAll } from "../../src/health/reception.ts";
import { decodeVerdict } from "../../src/table/codec.ts";
import type { Health, Table } from "../../src/table/table.ts";
import type { Loaded } from "./entities.ts";
import { Votes } from "./votes.ts";

/** Loads that moved make an epoch no more often than so, however many vantages tell of them. */
const LOADS_EVERY_MS = 5000;

/** What votes would change, or time alone. */
export interface Ruling extends Intake {
  readonly cast: Cast | null;
}

type VerdictRow = {
  readonly backend: string;
  readonly live: string;
  readonly published: string;
  readonly recorded_at: number;
};

/**
 * The verdicts on the table's backends and the votes that they rest on, in memory and in SQLite. What changes them is to
 * be called within a transaction.
 */
export class Verdicts {
  readonly #sql: SqlStorage;
  readonly #votes: Votes;
  readonly unreadable: readonly string[];
  #held: ReadonlyMap<string, HeldVerdict>;
  #live: { readonly of: ReadonlyMap<string, HeldVerdict>; readonly health: Health } | null = null;
  /** Those of the newest epoch. A new map when they change, since what is encoded of a map is kept. */
  #published: Health;
  #loadsAt = Number.NEGATIVE_INFINITY;
  /** When to look for votes that have lapsed. May be early, never late: votes that are renewed leave it as it is. */
  #reviewAt = Number.POSITIVE_INFINITY;

  constructor(sql: SqlStorage, now: number) {
    this.#sql = sql;
    const { value, unreadable } = readVerdicts(sql);
    this.unreadable = unreadable;
    this.#held = value;
    this.#published = publishedOf(value);
    this.#votes = new Votes(sql, now);
    this.#reviewAt = this.#votes.nextLapseAt(this.#known(), now);
  }

  get published(): Health {
    return this.#published;
  }

  /** As the last votes make them. */
  get live(): Health {
    if (this.#live?.of !== this.#held)
      this.#live = { of: this.#held, health: new Map([...this.#held].map(([id, { live }]) => [id, live])) };
    return this.#live.health;
  }

  /** When to review; `null` when no vote can lapse. */
  get reviewAt(): number | null {
    return Number.isFinite(this.#reviewAt) ? this.#reviewAt : null;
  }

  votesOn(backend: string): readonly HeldVote[] {
    return this.#votes.of(backend);
  }

  /** What reports would change. */
  receive(backends: Table["backends"], reports: unknown, now: number): Ruling {
    const cast = this.#votes.receive(backends, reports, now);
    return { ...this.#settle(new Set(cast.taken.map(({ backend }) => backend)), cast.ballots, now), cast };
  }

  /** What changes because votes have lapsed. */
  review(now: number): Ruling {
    return { ...this.#settle(this.#known(), this.#votes.ballots, now), cast: null };
  }

  /** `epoch` is the one that publishes what is new. */
  take({ cast, held, changed, publish }: Ruling, epoch: number, now: number): void {
    if (cast) this.#votes.take(cast, now);
    for (const id of changed) {
      const verdict = held.get(id);
      const isNew = verdict?.published !== this.#held.get(id)?.published;
      if (verdict) writeVerdict(this.#sql, id, verdict, isNew ? epoch : null);
    }
    this.#held = held;
    if (publish) this.#published = publishedOf(held);
    if (publish && this.#areLoadsDue(now)) this.#loadsAt = now;
    const looked = cast ? new Set(cast.taken.map(({ backend }) => backend)) : this.#known();
    const lapseAt = this.#votes.nextLapseAt(looked, now);
    this.#reviewAt = cast ? Math.min(this.#reviewAt, lapseAt) : lapseAt;
  }

  /** Those of backends that are gone go with them. */
  retain(backends: Table["backends"]): void {
    this.#votes.retain(backends);
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

  /** A backend may have votes and no verdict, and the other way round. */
  #known(): ReadonlySet<string> {
    return new Set([...this.#held.keys(), ...this.#votes.ballots.keys()]);
  }

  #settle(backends: Iterable<string>, ballots: Cast["ballots"], now: number): Intake {
    return settleAll(backends, ballots, this.#held, now, this.#areLoadsDue(now));
  }

  /** A clock that was set back does not hold them up. */
  #areLoadsDue(now: number): boolean {
    return Math.abs(now - this.#loadsAt) >= LOADS_EVERY_MS;
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
