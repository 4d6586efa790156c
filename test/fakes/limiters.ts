import type { RateLimiterApi } from "../../durable-objects/rate-limiter/api.ts";
import { Lender } from "../../src/shield/limit/lender.ts";
import type { Ask, Grant } from "../../src/shield/limit/message.ts";

/** The owners of buckets, in memory. */
export class FakeLimiters {
  /** What was asked, by the name of the bucket. */
  readonly asks: { readonly name: string; readonly ask: Ask }[] = [];
  isUnreachable = false;
  /** Never answers while this is set. */
  isSilent = false;
  /** Half of it on the way there. */
  roundTripMs = 0;
  readonly #lenders = new Map<string, Lender>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  limiter(name: string): RateLimiterApi {
    return { ask: (ask) => this.#ask(name, ask) };
  }

  async #ask(name: string, ask: Ask): Promise<Grant | null> {
    this.asks.push({ name, ask });
    if (this.isUnreachable) throw new Error("Network connection lost.");
    if (this.isSilent) return new Promise(() => undefined);
    await this.#road();
    const lender = this.#lenders.get(name) ?? new Lender(ask.spec, this.#now());
    this.#lenders.set(name, lender);
    const grant = lender.ask(ask, this.#now());
    await this.#road();
    return grant;
  }

  #road(): Promise<void> | null {
    const { roundTripMs } = this;
    return roundTripMs === 0 ? null : new Promise((resolve) => setTimeout(resolve, roundTripMs / 2));
  }
}
