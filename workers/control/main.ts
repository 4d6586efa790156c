import { routingTable } from "../../durable-objects/stubs.ts";
import { claimKey, keepAnswer, releaseKey } from "../../src/adapters/d1/answers.ts";
import { demandSince } from "../../src/adapters/d1/demand.ts";
import { regionHealthHistory } from "../../src/adapters/d1/region-health.ts";
import type { Env } from "../env.ts";
import { plane } from "../plane.ts";
import { createControlApp } from "./app.ts";
import type { ControlDeps, LogEvent } from "./deps.ts";
import { RATES } from "./rate-limit.ts";

export const control = plane((env) => createControlApp(controlDeps(env)));

/** What the control API touches, on the platform. */
export function controlDeps(env: Env): ControlDeps {
  return {
    // Asked anew for each call: a stub that has seen its object abort stays broken.
    table: {
      snapshot: (...args) => routingTable(env).snapshot(...args),
      page: (...args) => routingTable(env).page(...args),
      verdicts: () => routingTable(env).verdicts(),
      plan: (...args) => routingTable(env).plan(...args),
      apply: (...args) => routingTable(env).apply(...args),
      history: (...args) => routingTable(env).history(...args),
      rollback: (...args) => routingTable(env).rollback(...args),
    },
    regionHistory: (region, since, limit) => regionHealthHistory(env.DB, region, since, limit),
    demandSince: (since) => demandSince(env.DB, since),
    answers: {
      claim: (...args) => claimKey(env.DB, ...args),
      keep: (...args) => keepAnswer(env.DB, ...args),
      release: (...args) => releaseKey(env.DB, ...args),
    },
    assets: (request) => env.ASSETS.fetch(request),
    adminToken: env.ADMIN_TOKEN,
    rates: RATES,
    sameBytes: (a, b) => crypto.subtle.timingSafeEqual(a, b),
    now: () => Date.now(),
    newRequestId: () => crypto.randomUUID(),
    log,
  };
}

function log({ level, message, requestId, cause }: LogEvent): void {
  const reason = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  console[level](JSON.stringify({ plane: "control", message, requestId, reason }));
}
