import { GENESIS, type Link } from "./chain.ts";
import { headStatement, type SignedHead } from "./head.ts";
import { type AuditLine, readLine } from "./line.ts";

/** The first thing wrong with a log. `seq` is the entry to look at. */
export type Break =
  /** A line, counted from 1, that no log has written. */
  | { readonly kind: "unreadable"; readonly seq: number; readonly line: number }
  /** The entry does not have its own hash: it was edited. */
  | { readonly kind: "edited"; readonly seq: number }
  /** The entry after it was chained to another one: it was replaced, hash and all. */
  | { readonly kind: "replaced"; readonly seq: number }
  | { readonly kind: "missing"; readonly seq: number; readonly until: number }
  | { readonly kind: "out-of-order"; readonly seq: number; readonly expected: number }
  | { readonly kind: "repeated"; readonly seq: number }
  /** The head of this entry was not signed by a trusted key, not for this, or stands behind entries. */
  | { readonly kind: "forged-head"; readonly seq: number }
  /** The chain is whole, but at this entry it is not the one that was signed. */
  | { readonly kind: "rewritten"; readonly seq: number }
  /** Entries up to `signed` were there when the head was signed. */
  | { readonly kind: "truncated"; readonly seq: number; readonly signed: number };

export interface Inspection {
  /** Entries found good, and the first and last of them; 0 where there are none. */
  readonly entries: number;
  readonly first: number;
  readonly last: number;
  /** Signed heads that agree with the chain, and the entry of the newest: later ones could be cut off unseen. */
  readonly heads: number;
  readonly signedUpTo: number;
  /** The keys that signed them. */
  readonly keys: readonly string[];
  readonly broken: Break | null;
}

export interface Inspector {
  /** SHA-256 of a text in UTF-8, as hexadecimal digits. */
  readonly sha256: (text: string) => Promise<string>;
  /** Whether a signature of a statement is the public key's (Ed25519, base64url). */
  readonly verify: (publicKey: string, statement: string, signature: string) => Promise<boolean>;
  /** The public keys whose heads count; `null` takes any, which shows only that one key signed. */
  readonly trusted: readonly string[] | null;
  /** What the first line must be chained to, where it is not the first entry of all. */
  readonly from?: Link;
}

/** Reads a log from its lines, signed heads first and entries after them, until something is wrong. */
export async function inspect(
  lines: AsyncIterable<string> | Iterable<string>,
  { sha256, verify, trusted, from = GENESIS }: Inspector,
): Promise<Inspection> {
  const walk = new Walk(from);
  for await (const text of lines) {
    const line = readLine(text);
    if (line?.kind === "head") {
      const { head } = line;
      const isKnown = trusted === null || trusted.includes(head.publicKey);
      walk.meet(head, isKnown && (await verify(head.publicKey, headStatement(head), head.signature)));
    } else walk.follow(line, line !== null && (await sha256(line.text)) === line.hash);
    if (walk.isOver) break;
  }
  return walk.end();
}

/** The way along the chain, entry by entry. */
class Walk {
  readonly #from: Link;
  readonly #heads = new Map<number, SignedHead>();
  readonly #agreed: SignedHead[] = [];
  #last: Link;
  #lines = 0;
  #broken: Break | null = null;

  constructor(from: Link) {
    this.#from = from;
    this.#last = from;
  }

  /** After a gap the way goes on, to see whether the entry that is missing there comes later. */
  get isOver(): boolean {
    return this.#broken !== null && this.#broken.kind !== "missing";
  }

  /** A head that comes after entries may be one that they were not compared with. */
  meet(head: SignedHead, isGenuine: boolean): void {
    this.#lines += 1;
    if (isGenuine && this.#last.seq === this.#from.seq) this.#heads.set(head.seq, head);
    else this.#broken ??= { kind: "forged-head", seq: head.seq };
  }

  follow(line: EntryLine | null, isUnedited: boolean): void {
    this.#lines += 1;
    if (this.#broken?.kind === "missing") this.#seek(this.#broken, line);
    else
      this.#broken = line
        ? this.#step(line, isUnedited)
        : { kind: "unreadable", seq: this.#last.seq + 1, line: this.#lines };
  }

  end(): Inspection {
    const entries = this.#last.seq - this.#from.seq;
    const signed = Math.max(0, ...this.#heads.keys());
    if (this.#last.seq < signed) this.#broken ??= { kind: "truncated", seq: this.#last.seq + 1, signed };
    return {
      entries,
      first: entries === 0 ? 0 : this.#from.seq + 1,
      last: entries === 0 ? 0 : this.#last.seq,
      heads: this.#agreed.length,
      signedUpTo: this.#agreed.at(-1)?.seq ?? 0,
      keys: [...new Set(this.#agreed.map(({ publicKey }) => publicKey))],
      broken: this.#broken,
    };
  }

  /** What is wrong with the next entry; `null` when nothing is, and the way has gone on to it. */
  #step({ entry, hash }: EntryLine, isUnedited: boolean): Break | null {
    const last = this.#last;
    const expected = last.seq + 1;
    if (!isUnedited) return { kind: "edited", seq: expected };
    if (entry.seq < expected) return { kind: "repeated", seq: entry.seq };
    if (entry.seq > expected) return { kind: "missing", seq: expected, until: entry.seq - 1 };
    if (entry.previous !== last.hash) return { kind: "replaced", seq: Math.max(last.seq, 1) };
    this.#last = { seq: entry.seq, hash };
    const head = this.#heads.get(entry.seq);
    if (!head) return null;
    if (head.hash !== hash) return { kind: "rewritten", seq: entry.seq };
    this.#agreed.push(head);
    return null;
  }

  #seek({ seq, until }: Break & { readonly kind: "missing" }, line: EntryLine | null): void {
    if (line?.entry.seq === seq) this.#broken = { kind: "out-of-order", seq: until + 1, expected: seq };
  }
}

type EntryLine = AuditLine & { readonly kind: "entry" };
