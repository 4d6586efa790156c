import { healthMonitor, routingTable, VANTAGE } from "../../durable-objects/stubs.ts";
import { Random } from "../../src/base/random.ts";
import { pause } from "../pause.ts";
import { plane } from "../plane.ts";
import { AffinityCookies } from "./affinity.ts";
import { createEdgeApp } from "./app.ts";
import { coloCache } from "./colo-cache.ts";
import { countryByIp } from "./geoip.ts";

export const edge = plane((env) =>
  createEdgeApp({
    table: () => routingTable(env),
    coloCache,
    monitor: () => healthMonitor(env, VANTAGE),
    fetch: (input, init) => fetch(input, init),
    now: Date.now,
    pause,
    random: new Random(crypto.getRandomValues(new Uint32Array(3))),
    countryByIp,
    affinity: new AffinityCookies(env.AFFINITY_KEY),
  }),
);
