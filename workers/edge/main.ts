import { coloObserver, healthMonitor, routingTable, VANTAGE } from "../../durable-objects/stubs.ts";
import { Random } from "../../src/base/random.ts";
import { countryByIp } from "../geoip.ts";
import { plane } from "../plane.ts";
import { AffinityCookies } from "./affinity.ts";
import { createEdgeApp } from "./app.ts";

export const edge = plane((env) =>
  createEdgeApp({
    table: () => routingTable(env),
    monitor: () => healthMonitor(env, VANTAGE),
    observer: (colo) => coloObserver(env, colo),
    fetch: (input, init) => fetch(input, init),
    now: Date.now,
    sleep: (ms) => scheduler.wait(ms),
    random: new Random(crypto.getRandomValues(new Uint32Array(3))),
    countryByIp,
    affinity: new AffinityCookies(env.AFFINITY_KEY),
  }),
);
