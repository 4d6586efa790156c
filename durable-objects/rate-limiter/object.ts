import { DurableObject } from "cloudflare:workers";
import { Lender } from "../../src/shield/limit/lender.ts";
import { type Ask, askSchema, type BanRequest, type Grant } from "../../src/shield/limit/message.ts";
import { perSecondOf } from "../../src/shield/limit/spec.ts";
import type { Env } from "../../workers/env.ts";
import { mitigator } from "../stubs.ts";
import { withTimeout } from "../with-timeout.ts";
import type { RateLimiterApi } from "./api.ts";

/** A client that stays over its limit is reported so often. */
const BREACH_EVERY_MS = 10_000;
const BREACH_RETRY_MS = 1000;
const BREACH_TIMEOUT_MS = 5000;

/**
 * Keeps the bucket in memory alone. One that restarts starts full, which costs what a full bucket holds, once: some burst
 * and 0.6 s of the rate. Writing it down would cost a row at each ask, seven a second for each edge.
 */
export class RateLimiter extends DurableObject<Env> implements RateLimiterApi {
  #lender: Lender | null = null;
  #breachDueAt = Number.NEGATIVE_INFINITY;

  async ask(message: Ask): Promise<Grant | null> {
    const ask = askSchema.safeParse(message);
    if (!ask.success) return null;
    const now = Date.now();
    this.#lender ??= new Lender(ask.data.spec, now);
    if (!this.#lender.has(ask.data.spec)) return null;
    const grant = this.#lender.ask(ask.data, now);
    if (ask.data.ban !== null) this.#reportBreach(this.#lender, ask.data, ask.data.ban, now);
    return grant;
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
