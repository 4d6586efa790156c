import { DurableObject } from "cloudflare:workers";
import { fullAt, type KeptBucket, keptBucketSchema } from "../../src/shield/limit/kept-bucket.ts";
import { Lender } from "../../src/shield/limit/lender.ts";
import { isSlow } from "../../src/shield/limit/loan.ts";
import { type Ask, askSchema, type BanRequest, type Grant } from "../../src/shield/limit/message.ts";
import { type BucketSpec, perSecondOf } from "../../src/shield/limit/spec.ts";
import type { Env } from "../../workers/env.ts";
import { mitigator } from "../stubs.ts";
import { withTimeout } from "../with-timeout.ts";
import type { RateLimiterApi } from "./api.ts";

/** A client that stays over its limit is reported so often. */
const BREACH_EVERY_MS = 10_000;
const BREACH_RETRY_MS = 1000;
const BREACH_TIMEOUT_MS = 5000;
/** The one key of its storage. */
const BUCKET = "bucket";

/**
 * A slow limit's bucket is written down when it has moved by a token or a second of its rate, and taken out by the alarm
 * that comes when it is full: keys that are idle leave nothing. Another bucket is full again before an idle object loses
 * its memory, and is kept there alone: only a restart in the midst of traffic costs what a full one holds, once, where
 * writing would cost a row at each ask.
 */
export class RateLimiter extends DurableObject<Env> implements RateLimiterApi {
  #lender: Lender | null = null;
  /** What is written down; the alarm is set while something is. */
  #kept: KeptBucket | null = null;
  #breachDueAt = Number.NEGATIVE_INFINITY;

  async ask(message: Ask): Promise<Grant | null> {
    const ask = askSchema.safeParse(message);
    if (!ask.success) return null;
    const now = Date.now();
    this.#lender ??= this.#restore(ask.data.spec, now);
    if (!this.#lender.has(ask.data.spec)) return null;
    const grant = this.#lender.ask(ask.data, now);
    if (isSlow(ask.data.spec)) await this.#keep(this.#lender, now);
    if (ask.data.ban !== null) this.#reportBreach(this.#lender, ask.data, ask.data.ban, now);
    return grant;
  }

  override async alarm(): Promise<void> {
    this.#kept ??= this.#read();
    if (this.#kept === null) return;
    const fullAtMs = fullAt(this.#kept);
    if (Date.now() < fullAtMs) return this.ctx.storage.setAlarm(fullAtMs);
    this.#kept = null;
    await this.ctx.storage.deleteAll();
  }

  #restore(spec: BucketSpec, now: number): Lender {
    if (isSlow(spec)) this.#kept = this.#read();
    return new Lender(spec, now, this.#kept);
  }

  async #keep(lender: Lender, now: number): Promise<void> {
    const current = lender.toKeep(this.#kept, now);
    if (current === null) return;
    const isFirst = this.#kept === null;
    this.#kept = current;
    this.ctx.storage.kv.put(BUCKET, current);
    if (isFirst) await this.ctx.storage.setAlarm(fullAt(current));
  }

  #read(): KeptBucket | null {
    const stored = this.ctx.storage.kv.get(BUCKET);
    if (stored === undefined) return null;
    const kept = keptBucketSchema.safeParse(stored);
    if (!kept.success) console.warn("a bucket that was written down cannot be read", kept.error);
    return kept.data ?? null;
  }

  #reportBreach(lender: Lender, { spec }: Ask, { limit, client, afterSeconds }: BanRequest, now: number): void {
    const { overForMs, offered } = lender;
    // A clock that was set back makes nobody wait longer than usual.
    if (this.#breachDueAt - now > BREACH_EVERY_MS) this.#breachDueAt = now;
    if (overForMs < afterSeconds * 1000 || now < this.#breachDueAt) return;
    this.#breachDueAt = now + BREACH_EVERY_MS;
    const breach = { limit, client, at: now, seconds: overForMs / 1000, offered, allowed: perSecondOf(spec) };
    const told = withTimeout(mitigator(this.env).breached(breach), BREACH_TIMEOUT_MS).catch((error) => {
      console.warn("the mitigator cannot be told of a breach", error);
      this.#breachDueAt = now + BREACH_RETRY_MS;
    });
    this.ctx.waitUntil(told);
  }
}
