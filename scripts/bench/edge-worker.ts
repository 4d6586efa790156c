import { healthMonitor, routingTable, VANTAGE } from "../../durable-objects/stubs.ts";
import { Random } from "../../src/base/random.ts";
import { AffinityCookies } from "../../workers/edge/affinity.ts";
import { createEdgeApp } from "../../workers/edge/app.ts";
import { countryByIp } from "../../workers/edge/geoip.ts";
import type { Env } from "../../workers/env.ts";

export { AuditLog } from "../../durable-objects/audit-log/object.ts";
export { ColoObserver } from "../../durable-objects/colo-observer/object.ts";
export { HealthMonitor } from "../../durable-objects/health-monitor/object.ts";
export { RoutingTable } from "../../durable-objects/routing-table/object.ts";

type BenchEnv = Env & { readonly ORIGIN: string };
type App = ReturnType<typeof createEdgeApp>;

let objectCalls = 0;
let app: App | null = null;

/** The deployed edge, but that its calls to objects are counted. */
const appFor = (env: BenchEnv): App => {
  app ??= createEdgeApp({
    table: () => {
      objectCalls += 1;
      return routingTable(env);
    },
    monitor: () => {
      objectCalls += 1;
      return healthMonitor(env, VANTAGE);
    },
    fetch: (input, init) => fetch(input, init),
    now: Date.now,
    random: new Random(crypto.getRandomValues(new Uint32Array(3))),
    countryByIp,
    affinity: new AffinityCookies(env.AFFINITY_KEY),
  });
  return app;
};

const originUrl = (request: Request, env: BenchEnv): string =>
  env.ORIGIN + request.url.slice(request.url.indexOf("/", "https://".length));

/** The full pipeline. */
export const edge = {
  fetch: (request, env, context) => appFor(env).fetch(request, env, context),
} satisfies ExportedHandler<BenchEnv>;

/** The baseline: a Worker that only forwards. */
export const bare = {
  fetch: (request, env) => fetch(originUrl(request, env), request),
} satisfies ExportedHandler<BenchEnv>;

/** What the edge would be if it asked an object about each request. */
export const object = {
  fetch: async (request, env) => {
    await routingTable(env).snapshot(Number.MAX_SAFE_INTEGER);
    return fetch(originUrl(request, env), request);
  },
} satisfies ExportedHandler<BenchEnv>;

/** The bench's own door: `POST` applies a patch to the table, `GET` tells the count of object calls by the edge. */
export const setup = {
  fetch: async (request, env) => {
    if (request.method === "GET") return Response.json({ objectCalls });
    const options = { actor: { principal: "bench", requestId: "bench" }, summary: "bench", ifEpoch: null };
    return Response.json(await routingTable(env).apply(await request.json(), options));
  },
} satisfies ExportedHandler<BenchEnv>;

// The bundler takes a file without a default export for an old service worker.
export default { fetch: () => new Response(null, { status: 404 }) };
