import { routingTable } from "../../durable-objects/stubs.ts";
import { d1ZoneKeys } from "../../src/adapters/d1/zone-keys.ts";
import { webDnssecCrypto } from "../../src/adapters/web-crypto/dnssec.ts";
import { Random } from "../../src/base/random.ts";
import { coloCache } from "../colo-cache.ts";
import type { Env } from "../env.ts";
import { countryByIp } from "../geoip.ts";
import { pause } from "../pause.ts";
import { zoneKeys } from "../zone-keys.ts";
import type { DnsDeps } from "./name-server.ts";

/** All that the DNS plane needs from outside, as it is deployed. */
export const dnsDeps = (env: Env): DnsDeps => ({
  table: () => routingTable(env),
  coloCache,
  now: Date.now,
  pause,
  random: new Random(crypto.getRandomValues(new Uint32Array(3))),
  countryByIp,
  signing: {
    store: d1ZoneKeys(env.DB),
    keys: env.DNSSEC_KEY === undefined ? null : zoneKeys(env.DNSSEC_KEY),
    crypto: webDnssecCrypto,
    log: (cause) => console.error("the keys of zones cannot be read", cause),
  },
});
