import { coloObserver, rateLimiter, routingTable } from "../../durable-objects/stubs.ts";
import { Random } from "../../src/base/random.ts";
import { coloCache } from "../colo-cache.ts";
import type { Env } from "../env.ts";
import { countryByIp } from "../geoip.ts";
import { pause } from "../pause.ts";
import { AffinityCookies } from "./affinity.ts";
import type { EdgeDeps } from "./edge.ts";

/** All that an edge needs from outside, as it is deployed. */
export const edgeDeps = (env: Env): EdgeDeps => ({
  table: () => routingTable(env),
  coloCache,
  observer: (colo) => coloObserver(env, colo),
  limiter: (name) => rateLimiter(env, name),
  fetch: (input, init) => fetch(input, init),
  now: Date.now,
  sleep: (ms) => scheduler.wait(ms),
  pause,
  random: new Random(crypto.getRandomValues(new Uint32Array(3))),
  countryByIp,
  affinity: new AffinityCookies(env.AFFINITY_KEY),
  challengeSecret: env.AFFINITY_KEY,
  turnstileSecret: env.TURNSTILE_SECRET ?? null,
});
