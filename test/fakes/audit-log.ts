import { createHash } from "node:crypto";
import type {
  AuditChunk,
  AuditFilter,
  AuditHeads,
  AuditLogApi,
  AuditPage,
  AuditPageOptions,
} from "../../durable-objects/audit-log/api.ts";
import { HeadSigner } from "../../src/adapters/web-crypto/head-signer.ts";
import { GENESIS, type Link, type SealedEntry, seal } from "../../src/audit/chain.ts";
import { type AuditEntry, type AuditRecord, auditEntrySchema } from "../../src/audit/entry.ts";
import { matches } from "../../src/audit/filter.ts";
import { entryLine } from "../../src/audit/line.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** The audit log in memory: the same chain as the object's, without archive and alarm. */
export class FakeAuditLog implements AuditLogApi {
  /** Every call fails while this is set. */
  unreachable = false;
  /** A test may tamper with them. */
  readonly sealed: SealedEntry[] = [];
  readonly #now: () => number;
  readonly #signer = HeadSigner.from("a secret of the tests");

  constructor(now: () => number) {
    this.#now = now;
  }

  get entries(): readonly AuditEntry[] {
    return this.sealed.map(({ text }) => auditEntrySchema.parse(JSON.parse(text)));
  }

  async append(records: readonly AuditRecord[]): Promise<Link> {
    this.#answer();
    for (const record of records) this.sealed.push(seal(record, this.#now(), this.#last, sha256));
    return this.#last;
  }

  async find(filter: AuditFilter, { limit, before }: AuditPageOptions): Promise<AuditPage> {
    this.#answer();
    const found = this.sealed
      .map(({ text, hash }) => ({ ...auditEntrySchema.parse(JSON.parse(text)), hash }))
      .filter((entry) => entry.seq < (before ?? Number.POSITIVE_INFINITY) && matches(entry, filter))
      .reverse();
    const entries = found.slice(0, limit);
    return { entries, next: found.length > limit ? (entries.at(-1)?.seq ?? null) : null };
  }

  /** In pieces of three. */
  async read(from: number, until: number): Promise<AuditChunk> {
    this.#answer();
    const part = this.sealed.filter(({ seq }) => seq >= from && seq <= Math.min(until, from + 2));
    return { lines: part.map(entryLine).join(""), next: from + 3 };
  }

  async heads(): Promise<AuditHeads> {
    this.#answer();
    const signer = await this.#signer;
    const live = this.sealed.length === 0 ? null : await signer.sign({ ...this.#last, at: this.#now() });
    return { publicKey: signer.publicKey, live, signed: [], next: null, archived: GENESIS };
  }

  get #last(): Link {
    const { seq, hash } = this.sealed.at(-1) ?? GENESIS;
    return { seq, hash };
  }

  #answer(): void {
    if (this.unreachable) throw new Error("Network connection lost.");
  }
}
