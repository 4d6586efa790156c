import { DurableObject } from "cloudflare:workers";
import { putAuditHead } from "../../src/adapters/r2/audit-archive.ts";
import { HeadSigner } from "../../src/adapters/web-crypto/head-signer.ts";
import { type Link, seal } from "../../src/audit/chain.ts";
import type { AuditRecord } from "../../src/audit/entry.ts";
import type { SignedHead } from "../../src/audit/head.ts";
import type { Env } from "../../workers/env.ts";
import type { AuditChunk, AuditFilter, AuditHeads, AuditLogApi, AuditPage, AuditPageOptions } from "./api.ts";
import { archivedLink, archiveOldest, isOverfull, readArchive } from "./archive.ts";
import { type ChainEnd, findEntries, insertEntry, readEnd, readLines, writeEnd } from "./entries.ts";
import { schema } from "./schema.ts";
import { sha256 } from "./sha256.ts";
import { keepHead, noteCopied, readHeads, signedUpTo, uncopiedHeads } from "./signed-heads.ts";

const SIGN_EVERY_MS = 3_600_000;
const RETRY_MS = 60_000;
const MAX_PAGE = 1000;
/** Records in one call, and characters in one entry: the recorder keeps far below both. */
const MAX_RECORDS = 1000;
const MAX_ENTRY_CHARS = 100_000;
/** What `read` gives at once. */
const CHUNK = { entries: 10_000, chars: 2_000_000 };
const MAX_COPIES_PER_RUN = 50;

/**
 * Only `append` writes entries, in one synchronous transaction with the end of the chain, so that calls cannot
 * interleave. The alarm signs the end every hour, and moves the oldest entries to R2 when there are too many.
 */
export class AuditLog extends DurableObject<Env> implements AuditLogApi {
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;
  readonly #signer: Promise<HeadSigner>;
  #end: ChainEnd;
  #alarmAt: number | null = null;

  constructor(context: DurableObjectState, env: Env) {
    super(context, env);
    this.#storage = context.storage;
    this.#sql = context.storage.sql;
    this.#sql.exec(schema);
    this.#end = readEnd(this.#sql);
    this.#signer = HeadSigner.from(env.AUDIT_KEY);
    context.blockConcurrencyWhile(async () => {
      this.#alarmAt = await this.#storage.getAlarm();
    });
  }

  async append(records: readonly AuditRecord[]): Promise<Link> {
    if (records.length > MAX_RECORDS) throw new RangeError(`more than ${MAX_RECORDS} records`);
    let end = this.#end;
    this.#storage.transactionSync(() => {
      const at = Math.max(Date.now(), end.at);
      for (const record of records) {
        const entry = seal(record, at, end, sha256);
        if (entry.text.length > MAX_ENTRY_CHARS) throw new RangeError(`more than ${MAX_ENTRY_CHARS} characters`);
        insertEntry(this.#sql, entry);
        end = { seq: entry.seq, hash: entry.hash, at };
      }
      writeEnd(this.#sql, end);
    });
    this.#end = end;
    this.#wakeBy(Date.now() + (isOverfull(this.#sql, end.seq) ? 0 : SIGN_EVERY_MS));
    return linkOf(end);
  }

  async find(filter: AuditFilter, options: AuditPageOptions): Promise<AuditPage> {
    return findEntries(this.#sql, filter, { ...options, limit: clamp(options.limit) });
  }

  async read(from: number, until: number): Promise<AuditChunk> {
    const archived = await readArchive(this.#sql, this.env.SNAPSHOTS, from);
    if (archived) return archived;
    const read = readLines(this.#sql, from, until, CHUNK);
    return read ? { lines: read.lines, next: read.last.seq + 1 } : { lines: "", next: until + 1 };
  }

  async heads({ limit, before }: AuditPageOptions): Promise<AuditHeads> {
    const size = clamp(limit);
    const signed = readHeads(this.#sql, { limit: size, before });
    return {
      publicKey: (await this.#signer).publicKey,
      live: await this.#sign(),
      signed,
      next: signed.length === size ? (signed.at(-1)?.seq ?? null) : null,
      archived: archivedLink(this.#sql),
    };
  }

  /** Never throws: the platform gives up an alarm that keeps failing. */
  override async alarm(): Promise<void> {
    // Until it ends, nothing sets another; should it break off, the platform runs it again.
    this.#alarmAt = Date.now();
    let nextAt: number | null = null;
    try {
      await this.#keepHead();
      while (isOverfull(this.#sql, this.#end.seq)) await archiveOldest(this.#storage, this.env.SNAPSHOTS);
      if (this.#end.seq > signedUpTo(this.#sql)) nextAt = Date.now() + SIGN_EVERY_MS;
    } catch (cause) {
      console.warn("audit log: not all could be signed, copied and archived, to be tried again", cause);
      nextAt = Date.now() + RETRY_MS;
    }
    this.#alarmAt = null;
    if (nextAt !== null) this.#wakeBy(nextAt);
  }

  async #keepHead(): Promise<void> {
    const head = this.#end.seq > signedUpTo(this.#sql) ? await this.#sign() : null;
    if (head) keepHead(this.#sql, head);
    for (const copy of uncopiedHeads(this.#sql, MAX_COPIES_PER_RUN)) {
      await putAuditHead(this.env.SNAPSHOTS, copy);
      noteCopied(this.#sql, copy);
    }
  }

  async #sign(): Promise<SignedHead | null> {
    const { seq, hash } = this.#end;
    return seq === 0 ? null : (await this.#signer).sign({ seq, hash, at: Date.now() });
  }

  /** Sets the alarm, unless one is set that comes early enough: each setting writes a row. */
  #wakeBy(at: number): void {
    if (this.#alarmAt !== null && this.#alarmAt <= at) return;
    this.#alarmAt = at;
    void this.#storage.setAlarm(at);
  }
}

const linkOf = ({ seq, hash }: Link): Link => ({ seq, hash });

const clamp = (limit: number) => (limit >= 1 ? Math.min(Math.trunc(limit), MAX_PAGE) : 1);
