import { type SignedHead, signedHeadSchema } from "../../src/audit/head.ts";
import type { AuditPageOptions } from "./api.ts";

/** Over a year of hours. Older ones are in R2. */
const MAX_KEPT = 10_000;

/** The entry that was signed last by the hour; 0 when none was. */
export function signedUpTo(sql: SqlStorage): number {
  return sql.exec<{ seq: number | null }>("SELECT MAX(seq) AS seq FROM signed_head").one().seq ?? 0;
}

export function keepHead(sql: SqlStorage, head: SignedHead): void {
  sql.exec("INSERT OR REPLACE INTO signed_head (seq, json, copied) VALUES (?, ?, 0)", head.seq, JSON.stringify(head));
}

/** Those that R2 does not have yet, oldest first. */
export function uncopiedHeads(sql: SqlStorage, limit: number): SignedHead[] {
  const rows = sql.exec<{ json: string }>("SELECT json FROM signed_head WHERE copied = 0 ORDER BY seq LIMIT ?", limit);
  return [...rows].flatMap(fromRow);
}

export function noteCopied(sql: SqlStorage, { seq }: SignedHead): void {
  sql.exec("UPDATE signed_head SET copied = 1 WHERE seq = ?", seq);
  sql.exec(
    `DELETE FROM signed_head WHERE copied = 1 AND seq <=
       (SELECT seq FROM signed_head ORDER BY seq DESC LIMIT 1 OFFSET ?)`,
    MAX_KEPT,
  );
}

/** Newest first, before an entry. */
export function readHeads(sql: SqlStorage, { limit, before }: AuditPageOptions): SignedHead[] {
  const rows = sql.exec<{ json: string }>(
    "SELECT json FROM signed_head WHERE seq < ? ORDER BY seq DESC LIMIT ?",
    before ?? Number.MAX_SAFE_INTEGER,
    limit,
  );
  return [...rows].flatMap(fromRow);
}

/** A row that was tampered with is no head. */
function fromRow({ json }: { readonly json: string }): SignedHead[] {
  try {
    return [signedHeadSchema.parse(JSON.parse(json))];
  } catch {
    return [];
  }
}
