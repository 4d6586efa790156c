import type { Result } from "../../src/base/result.ts";
import type { VerdictReport } from "../../src/table/verdict.ts";

/** JSON merge patch (RFC 7396) over the table document: `{ section: { id: entity | null } }`. */
export type TablePatch = Readonly<Record<string, unknown>>;

/** Who asked, for the history. */
export interface Actor {
  readonly principal: string;
  readonly requestId: string;
}

/** One entity's change. `before` is `null` when it is new, `after` when it goes. */
export interface Change {
  readonly section: string;
  readonly id: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** One thing wrong with a proposed change. `path` is a JSON pointer into the patch (RFC 6901). */
export interface Objection {
  readonly code:
    | "invalid"
    | "unknown-section"
    | "unknown-reference"
    | "last-backend"
    | "weights-all-zero"
    | "residency-without-region"
    | "too-many";
  readonly path: string;
  readonly detail: string;
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

export type ApplyRefusal =
  | { readonly kind: "stale"; readonly epoch: number }
  | { readonly kind: "objections"; readonly objections: readonly Objection[] }
  | { readonly kind: "unknown-epoch"; readonly oldest: number; readonly newest: number };

export interface HistoryEntry {
  readonly epoch: number;
  /** Unix milliseconds. */
  readonly at: number;
  readonly principal: string;
  readonly requestId: string;
  readonly summary: string;
  readonly changes: readonly Change[];
}

export type SnapshotReply =
  | { readonly kind: "unchanged"; readonly epoch: number }
  /** `encoded` is read by `decodeTable` of src/table/codec.ts. */
  | { readonly kind: "table"; readonly epoch: number; readonly encoded: string };

/** The routing table: the one owner of configuration and verdicts. Its name is always `global`. */
export interface RoutingTableApi {
  /** The published table, or word that the caller's epoch is still the newest. */
  snapshot(haveEpoch: number | null): Promise<SnapshotReply>;
  plan(patch: TablePatch): Promise<TablePlan>;
  /** Applies a patch whole or not at all. `ifEpoch` refuses when the table has moved on. */
  apply(patch: TablePatch, options: ApplyOptions): Promise<Result<Applied, ApplyRefusal>>;
  /** Newest first; `before` is an epoch, exclusive. */
  history(limit: number, before: number | null): Promise<readonly HistoryEntry[]>;
  /** Restores the configuration as it was at an epoch, as a new epoch. Verdicts are not touched. */
  rollback(toEpoch: number, options: ApplyOptions): Promise<Result<Applied, ApplyRefusal>>;
  /** Takes verdicts from a health monitor. Those of unknown backends are dropped. */
  report(reports: readonly VerdictReport[]): Promise<void>;
}

export interface ApplyOptions {
  readonly actor: Actor;
  readonly summary: string;
  readonly ifEpoch: number | null;
}
