import { type Ballot, type Ballots, type Cast, cast } from "../../src/health/ballot.ts";
import { VOTE_LIFETIME_MS } from "../../src/health/hysteresis.ts";
import { type HeldVote, nextLapseAt } from "../../src/health/quorum.ts";
import type { Table } from "../../src/table/table.ts";
import { type Vote, voteSchema } from "../../src/table/verdict.ts";

/** A vote that says the same as before is written so seldom, since each row written is billed. */
export const RENEW_EVERY_MS = 60_000;

type VoteRow = { readonly backend: string; readonly heard_at: number; readonly json: string };

/**
 * The votes of the vantages, in memory and in SQLite. What changes them is to be called within a transaction.
 *
 * After a restart the votes that were kept count as just heard: whoever still looks is heard again within the time that
 * a vote counts, and until then the first to speak must not decide alone.
 */
export class Votes {
  readonly #sql: SqlStorage;
  /** When each vote was last written, by backend and vantage. */
  readonly #storedAt = new Map<string, number>();
  #ballots: Ballots;

  constructor(sql: SqlStorage, now: number) {
    this.#sql = sql;
    const ballots = new Map<string, Ballot>();
    sql.exec("DELETE FROM vote WHERE heard_at < ?", now - RENEW_EVERY_MS - VOTE_LIFETIME_MS);
    for (const { backend, heard_at, json } of sql.exec<VoteRow>("SELECT backend, heard_at, json FROM vote")) {
      const vote = voteSchema.safeParse(JSON.parse(json)).data;
      // One that this version cannot read is cast anew.
      if (!vote) continue;
      ballots.set(backend, new Map(ballots.get(backend)).set(vote.vantage, { vote, heardAt: now }));
      this.#storedAt.set(keyOf(backend, vote), heard_at);
    }
    this.#ballots = ballots;
  }

  get ballots(): Ballots {
    return this.#ballots;
  }

  of(backend: string): readonly HeldVote[] {
    return [...(this.#ballots.get(backend)?.values() ?? [])];
  }

  /** What reports would change. */
  receive(backends: Table["backends"], reports: unknown, now: number): Cast {
    return cast(backends, this.#ballots, reports, now);
  }

  take({ ballots, taken }: Cast, now: number): void {
    for (const { backend, vote } of taken) {
      const before = this.#ballots.get(backend)?.get(vote.vantage)?.vote;
      const isSame = before?.status === vote.status && before.since === vote.since;
      const storedAt = this.#storedAt.get(keyOf(backend, vote)) ?? Number.NEGATIVE_INFINITY;
      // A clock that was set back does not hold it up.
      if (isSame && Math.abs(now - storedAt) < RENEW_EVERY_MS) continue;
      this.#sql.exec(
        `INSERT INTO vote (backend, vantage, heard_at, json) VALUES (?, ?, ?, ?)
         ON CONFLICT (backend, vantage) DO UPDATE SET heard_at = excluded.heard_at, json = excluded.json`,
        backend,
        vote.vantage,
        now,
        JSON.stringify(vote),
      );
      this.#storedAt.set(keyOf(backend, vote), now);
    }
    this.#ballots = ballots;
  }

  /** Those on backends that are gone go with them. */
  retain(backends: Table["backends"]): void {
    const gone = [...this.#ballots].filter(([id]) => !backends.has(id));
    for (const [backend, ballot] of gone) {
      this.#sql.exec("DELETE FROM vote WHERE backend = ?", backend);
      for (const { vote } of ballot.values()) this.#storedAt.delete(keyOf(backend, vote));
    }
    if (gone.length > 0) this.#ballots = new Map([...this.#ballots].filter(([id]) => backends.has(id)));
  }

  /** When votes on these backends that nobody renews could next change a verdict; infinite when they cannot. */
  nextLapseAt(backends: Iterable<string>, now: number): number {
    let next = Number.POSITIVE_INFINITY;
    for (const backend of backends) next = Math.min(next, nextLapseAt(this.of(backend), now));
    return next;
  }
}

const keyOf = (backend: string, { vantage }: Vote) => `${backend}/${vantage}`;
