import { canonical } from "./canonical.ts";
import type { AuditRecord } from "./entry.ts";

/** A place in the chain: everything up to it follows from `hash`. */
export interface Link {
  readonly seq: number;
  /** SHA-256, 64 lower-case hexadecimal digits. */
  readonly hash: string;
}

/** SHA-256 of a text in UTF-8, as hexadecimal digits. Passed in: `src` has no platform. */
export type Sha256 = (text: string) => string;

/** What the first entry is chained to. */
export const GENESIS: Link = { seq: 0, hash: "0".repeat(64) };

/** An entry as it is kept: `text` is its canonical JSON, and `hash` is of exactly this text. */
export interface SealedEntry extends Link {
  readonly text: string;
}

/** Chains a record to the entry before it. `at` is in Unix milliseconds. */
export function seal(record: AuditRecord, at: number, last: Link, sha256: Sha256): SealedEntry {
  const seq = last.seq + 1;
  const text = canonical({ ...record, seq, at, previous: last.hash });
  return { seq, hash: sha256(text), text };
}
