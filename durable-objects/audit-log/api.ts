import type { Link } from "../../src/audit/chain.ts";
import type { AuditEntry, AuditRecord } from "../../src/audit/entry.ts";
import type { AuditFilter } from "../../src/audit/filter.ts";
import type { SignedHead } from "../../src/audit/head.ts";

export type { AuditFilter } from "../../src/audit/filter.ts";

/** Entries newest first. `next` is the `before` of the page that follows; `null` on the last. */
export interface AuditPage {
  readonly entries: readonly (AuditEntry & { readonly hash: string })[];
  readonly next: number | null;
}

export interface AuditPageOptions {
  readonly limit: number;
  /** Entries before this one; `null` begins with the newest. */
  readonly before: number | null;
}

/** Entries as lines of `src/audit/line.ts`, oldest first. `next` is the entry to go on with. */
export interface AuditChunk {
  readonly lines: string;
  readonly next: number;
}

export interface AuditHeads {
  /** What signs, in base64url. */
  readonly publicKey: string;
  /** The newest entry, signed as it is asked for; `null` when the log is empty. */
  readonly live: SignedHead | null;
  /** The hourly ones, newest first. */
  readonly signed: readonly SignedHead[];
  /** As in `AuditPage`. */
  readonly next: number | null;
  /** What the oldest entry outside the archive is chained to. */
  readonly archived: Link;
}

/** The audit log: one chain of entries that only grows. Its name is always `global`. */
export interface AuditLogApi {
  /** Chains records in their order, all or none, and answers with the last link when they are on disk. */
  append(records: readonly AuditRecord[]): Promise<Link>;
  /** Entries outside the archive. May give fewer than `limit`, even none, with more to follow. */
  find(filter: AuditFilter, options: AuditPageOptions): Promise<AuditPage>;
  /** Entries from one on, wherever they are kept, up to `until` at most. */
  read(from: number, until: number): Promise<AuditChunk>;
  heads(options: AuditPageOptions): Promise<AuditHeads>;
}
