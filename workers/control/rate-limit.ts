import type { MiddlewareHandler } from "hono";
import { clientKey } from "../../src/base/ip.ts";
import { type Allowance, type Rate, TokenBuckets } from "../../src/base/token-buckets.ts";
import type { ControlContext, ControlEnv } from "./context.ts";
import { refuse } from "./refusal.ts";

/** How often the API may be asked. Each isolate counts for itself: who reaches several may ask each as often. */
export interface Rates {
  /** By address, for requests that have not shown yet who they are. */
  readonly strangers: Rate;
  readonly principals: Rate;
}

/** An operator's script may run at full speed for some seconds; who guesses tokens gets 30 tries a second. */
export const RATES: Rates = {
  strangers: { burst: 300, perSecond: 30 },
  principals: { burst: 1000, perSecond: 100 },
};

/** Of each kind, in an isolate. */
const MAX_KEYS = 10_000;

interface RateLimit {
  /** Stands before authentication: each request costs its address a token. */
  readonly strangers: MiddlewareHandler<ControlEnv>;
  /** Stands behind it: gives the token of who is known back, and takes one of the principal's. */
  readonly principals: MiddlewareHandler<ControlEnv>;
}

export function createRateLimit(rates: Rates, now: () => number): RateLimit {
  const strangers = new TokenBuckets(rates.strangers, MAX_KEYS);
  const principals = new TokenBuckets(rates.principals, MAX_KEYS);
  const addressOf = (c: ControlContext) => clientKey(c.get("address"));
  return {
    async strangers(c, next) {
      const allowance = strangers.take(addressOf(c), now());
      await pass(c, next, allowance);
      if (!c.res.headers.has("RateLimit")) tell(c, "strangers", rates.strangers, allowance);
    },
    async principals(c, next) {
      const identity = c.get("identity");
      if (!identity.ok) return next();
      strangers.giveBack(addressOf(c), now());
      const allowance = principals.take(identity.value.id, now());
      await pass(c, next, allowance);
      tell(c, "principals", rates.principals, allowance);
    },
  };
}

async function pass(c: ControlContext, next: () => Promise<void>, { allowed, retryAfterMs }: Allowance): Promise<void> {
  if (allowed) return next();
  const retryAfterSeconds = Math.max(1, Math.ceil(retryAfterMs / 1000));
  c.res = refuse({ kind: "rate-limited", retryAfterSeconds }, c.get("requestId"));
}

/** The quota and its window in seconds, what is left of it, and when it is whole (IETF draft ratelimit-headers-10). */
function tell(c: ControlContext, name: keyof Rates, { burst, perSecond }: Rate, left: Allowance): void {
  c.header("RateLimit-Policy", `"${name}";q=${burst};w=${Math.ceil(burst / perSecond)}`);
  c.header("RateLimit", `"${name}";r=${left.remaining};t=${Math.ceil(left.fullAfterMs / 1000)}`);
}
