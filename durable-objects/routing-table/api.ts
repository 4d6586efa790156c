import type { Result } from "../../src/base/result.ts";
import type { HeldVote } from "../../src/health/quorum.ts";
import type { Change, Objection } from "../../src/table/change.ts";
import type { DefenceRefusal, DefenceWish } from "../../src/table/defence-wish.ts";
import type { LearnedRow } from "../../src/table/learned-row.ts";
import type { SnapshotReply, SnapshotRequest } from "../../src/table/publisher.ts";
import type { Shift, ShiftRefusal } from "../../src/table/shift.ts";
import type { Health, PublishedTable, Section } from "../../src/table/table.ts";
import type { VoteReport } from "../../src/table/verdict.ts";
import type { Suspicion } from "../health-monitor/api.ts";

export type { Change, Objection } from "../../src/table/change.ts";
export type { DefenceRefusal, DefenceWish } from "../../src/table/defence-wish.ts";
export type { SnapshotReply, SnapshotRequest } from "../../src/table/publisher.ts";
export type { Shift, ShiftRefusal } from "../../src/table/shift.ts";

/** JSON merge patch (RFC 7396) over the table document: `{ section: { id: entity | null } }`. */
export type TablePatch = Readonly<Record<string, unknown>>;

/** The epoch of the table that has the shift. */
export interface Shifted {
  readonly epoch: number;
}

/** Who asked, for the history. */
export interface Actor {
  readonly principal: string;
  readonly requestId: string;
}

/** What a patch would do. It may be applied when there are no objections. */
export interface TablePlan {
  readonly epoch: number;
  readonly changes: readonly Change[];
  readonly objections: readonly Objection[];
}

export interface Applied {
  readonly epoch: number;
  readonly changes: readonly Change[];
}

export interface UnknownEpoch {
  readonly kind: "unknown-epoch";
  readonly oldest: number;
  readonly newest: number;
}

export type ApplyRefusal =
  | { readonly kind: "stale"; readonly epoch: number }
  | { readonly kind: "objections"; readonly objections: readonly Objection[] }
  | UnknownEpoch;

export interface HistoryEntry {
  readonly epoch: number;
  /** Unix milliseconds. */
  readonly at: number;
  readonly principal: string;
  readonly requestId: string;
  readonly summary: string;
  readonly changes: readonly Change[];
}

/** The verdicts as they are now: newer than the snapshot's by the checks that changed nothing for routing. */
export interface LiveHealth {
  readonly epoch: number;
  readonly verdicts: Health;
  /** When an edge last ejected a backend for failing its traffic, Unix milliseconds; not kept over a restart. */
  readonly suspectedAt: ReadonlyMap<string, number>;
}

/** What each vantage said last of backends; those that have been silent for long are still among them. */
export type Votes = ReadonlyMap<string, readonly HeldVote[]>;

/** Part of a section, in order of id. `next` is the `after` of the page that follows; `null` on the last. */
export interface EntityPage {
  readonly epoch: number;
  readonly entries: readonly (readonly [id: string, entity: unknown])[];
  readonly next: string | null;
}

export interface PageOptions {
  /** At most 1,000. */
  readonly limit: number;
  /** Ids greater than this one, in code point order. */
  readonly after: string | null;
}

/** How the object itself is. */
export interface TableStatus {
  readonly epoch: number;
  /** Unix milliseconds; `null` when nothing is due. */
  readonly nextAlarmAt: number | null;
  /** Records that wait to be copied to D1, those given up for lack of room, and flushes that failed in a row. */
  readonly outbox: { readonly waiting: number; readonly dropped: number; readonly failures: number };
}

/** The routing table: the one owner of configuration and verdicts. Its name is always `global`. */
export interface RoutingTableApi {
  /**
   * What has changed since the caller's epoch, the whole table, or word that its epoch is still the newest. An epoch's
   * table never changes.
   */
  snapshot(request: SnapshotRequest): Promise<SnapshotReply>;
  /** The whole table with live verdicts. Costly with long address lists: prefer `page`, `verdicts` or a kept snapshot. */
  read(): Promise<PublishedTable>;
  page(section: Section, options: PageOptions): Promise<EntityPage>;
  verdicts(): Promise<LiveHealth>;
  /** The votes on these backends, at most 1,000. */
  votes(backends: readonly string[]): Promise<Votes>;
  status(): Promise<TableStatus>;
  plan(patch: TablePatch): Promise<TablePlan>;
  /** Applies a patch whole or not at all. `ifEpoch` refuses when the table has moved on. */
  apply(patch: TablePatch, options: ApplyOptions): Promise<Result<Applied, ApplyRefusal>>;
  /** Newest first; `before` is an epoch, exclusive. May give fewer than `limit` where changes are large, never none. */
  history(limit: number, before: number | null): Promise<readonly HistoryEntry[]>;
  /** Restores the configuration as it was at an epoch, as a new epoch. Verdicts are not touched. */
  rollback(toEpoch: number, options: ApplyOptions): Promise<Result<Applied, ApplyRefusal>>;
  /** What that would change. */
  planRollback(toEpoch: number): Promise<Result<TablePlan, UnknownEpoch>>;
  /**
   * Takes the votes of a vantage. Those on unknown backends are dropped. A check that has just failed makes all
   * vantages look.
   */
  report(reports: readonly VoteReport[]): Promise<void>;
  /** Takes what an edge holds against backends: all vantages look now, at most once a second. It changes no verdict. */
  suspect(suspicions: readonly Suspicion[]): Promise<void>;
  /** Begins, moves on or ends the failover of a region. Repeated, it changes nothing more. */
  setFailover(shift: Shift): Promise<Result<Shifted, ShiftRefusal>>;
  /** Begins, changes or ends the defence of a service. Repeated, it changes nothing more. */
  setDefence(wish: DefenceWish): Promise<Result<Shifted, DefenceRefusal>>;
  /**
   * Takes what a colo has learned in place of what it told before: rows of the colo itself and of its parts. It is
   * stored when this returns, and published within 2 s.
   */
  learn(colo: string, rows: readonly (readonly [place: string, row: LearnedRow])[]): Promise<void>;
}

export interface ApplyOptions {
  readonly actor: Actor;
  readonly summary: string;
  readonly ifEpoch: number | null;
}
