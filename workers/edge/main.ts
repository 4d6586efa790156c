import type { Hono } from "hono";
import { healthMonitor, routingTable } from "../../durable-objects/stubs.ts";
import { Random } from "../../src/base/random.ts";
import type { Env } from "../env.ts";
import { AffinityCookies } from "./affinity.ts";
import { createEdgeApp } from "./app.ts";
import { countryByIp } from "./geoip.ts";

/** The monitor that edges report to. */
const VANTAGE = "local";

let app: Hono | null = null;

/** One app lives as long as its isolate, since its memory is what keeps requests from asking objects. */
const appFor = (env: Env): Hono => {
  app ??= createEdgeApp({
    table: () => routingTable(env),
    monitor: () => healthMonitor(env, VANTAGE),
    fetch: (input, init) => fetch(input, init),
    now: Date.now,
    random: new Random(crypto.getRandomValues(new Uint32Array(3))),
    countryByIp,
    affinity: new AffinityCookies(env.AFFINITY_KEY),
  });
  return app;
};

export const edge = {
  fetch: (request, env, context) => appFor(env).fetch(request, env, context),
} satisfies ExportedHandler<Env>;
