import { routingTable } from "../../durable-objects/stubs.ts";
import { Random } from "../../src/base/random.ts";
import { coloCache } from "../colo-cache.ts";
import type { Env } from "../env.ts";
import { countryByIp } from "../geoip.ts";
import { pause } from "../pause.ts";
import type { DnsDeps } from "./name-server.ts";

/** All that the DNS plane needs from outside, as it is deployed. */
export const dnsDeps = (env: Env): DnsDeps => ({
  table: () => routingTable(env),
  coloCache,
  now: Date.now,
  pause,
  random: new Random(crypto.getRandomValues(new Uint32Array(3))),
  countryByIp,
});
