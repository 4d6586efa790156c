import { GENESIS, type Link, type SealedEntry } from "../../src/audit/chain.ts";
import { auditEntrySchema } from "../../src/audit/entry.ts";
import { type AuditFilter, matches } from "../../src/audit/filter.ts";
import { entryLine } from "../../src/audit/line.ts";
import type { AuditPage, AuditPageOptions } from "./api.ts";

/** What one call looks through: a thousand take some ten milliseconds, in which nobody else is served. */
const MAX_SCANNED = 2000;

export interface ChainEnd extends Link {
  /** Of the last entry, Unix milliseconds. */
  readonly at: number;
}

export function readEnd(sql: SqlStorage): ChainEnd {
  const [row] = sql.exec<{ seq: number; hash: string; at: number }>("SELECT seq, hash, at FROM head");
  return row ?? { ...GENESIS, at: 0 };
}

export function insertEntry(sql: SqlStorage, { seq, text, hash }: SealedEntry): void {
  sql.exec("INSERT INTO entry (seq, text, hash) VALUES (?, ?, ?)", seq, text, hash);
}

export function writeEnd(sql: SqlStorage, { seq, hash, at }: ChainEnd): void {
  sql.exec("INSERT OR REPLACE INTO head (id, seq, hash, at) VALUES (1, ?, ?, ?)", seq, hash, at);
}

/** The oldest entry here; `null` when there is none. */
export function oldestSeq(sql: SqlStorage): number | null {
  return sql.exec<{ oldest: number | null }>("SELECT MIN(seq) AS oldest FROM entry").one().oldest;
}

export function findEntries(sql: SqlStorage, filter: AuditFilter, { limit, before }: AuditPageOptions): AuditPage {
  const rows = sql.exec<EntryRow>(
    "SELECT seq, text, hash FROM entry WHERE seq < ? ORDER BY seq DESC LIMIT ?",
    before ?? Number.MAX_SAFE_INTEGER,
    MAX_SCANNED,
  );
  const entries: AuditPage["entries"][number][] = [];
  let scanned = 0;
  let next: number | null = null;
  for (const { seq, text, hash } of rows) {
    scanned += 1;
    next = seq;
    const parsed = auditEntrySchema.safeParse(parseJson(text));
    // Inspection finds it; a search must not fail over it.
    if (!parsed.success) continue;
    // In the order of the chain times never go back.
    if (parsed.data.at < (filter.since ?? 0)) return { entries, next: null };
    if (matches(parsed.data, filter)) entries.push({ ...parsed.data, hash });
    if (entries.length === limit) return { entries, next };
  }
  return { entries, next: scanned === MAX_SCANNED ? next : null };
}

/** Lines from an entry on, up to `until`, and until they pass so many entries or characters. */
export function readLines(
  sql: SqlStorage,
  from: number,
  until: number,
  most: { readonly entries: number; readonly chars: number },
): SealedLines | null {
  const rows = sql.exec<EntryRow>(
    "SELECT seq, text, hash FROM entry WHERE seq >= ? AND seq <= ? ORDER BY seq LIMIT ?",
    from,
    until,
    most.entries,
  );
  let lines = "";
  let first: number | null = null;
  let last: Link = GENESIS;
  for (const { seq, text, hash } of rows) {
    lines += entryLine({ text, hash });
    first ??= seq;
    last = { seq, hash };
    if (lines.length >= most.chars) break;
  }
  return first === null ? null : { lines, first, last };
}

export interface SealedLines {
  readonly lines: string;
  readonly first: number;
  readonly last: Link;
}

type EntryRow = { readonly seq: number; readonly text: string; readonly hash: string };

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
