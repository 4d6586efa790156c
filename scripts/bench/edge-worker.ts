import { coloObserver, rateLimiter, routingTable } from "../../durable-objects/stubs.ts";
import { FRAME_VERSION } from "../../src/table/frame.ts";
import { createEdgeApp } from "../../workers/edge/app.ts";
import { edgeDeps } from "../../workers/edge/deps.ts";
import type { Env } from "../../workers/env.ts";

export * from "../../workers/objects.ts";

type BenchEnv = Env & { readonly ORIGIN: string };
type App = ReturnType<typeof createEdgeApp>;

let objectCalls = 0;
let app: App | null = null;

/** A stub is made for each call. */
const counted = <T>(stub: T): T => {
  objectCalls += 1;
  return stub;
};

/** The deployed edge, but that its calls to objects are counted. */
const appFor = (env: BenchEnv): App => {
  app ??= createEdgeApp({
    ...edgeDeps(env),
    table: () => counted(routingTable(env)),
    observer: (colo) => counted(coloObserver(env, colo)),
    limiter: (name) => counted(rateLimiter(env, name)),
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

/** The least that an edge can do: it forwards and answers with the header fields of the contract, and decides nothing. */
export const dressed = {
  fetch: async (request, env) => {
    const headers: Record<string, string> = {};
    request.headers.forEach((value, name) => {
      headers[name] = value;
    });
    const { method } = request;
    const answer = await fetch(originUrl(request, env), { method, headers: { ...headers, ...added } });
    const response = new Response(answer.body, answer);
    response.headers.set("X-Request-Id", added["x-request-id"]);
    response.headers.append("Server-Timing", "edge;dur=0, backend;dur=3");
    return response;
  },
} satisfies ExportedHandler<BenchEnv>;

/** As long as they are in truth. */
const added = {
  "x-forwarded-for": "203.0.113.9",
  "x-forwarded-proto": "http",
  "x-forwarded-host": "127.0.0.1:40000",
  forwarded: 'for=203.0.113.9;host="127.0.0.1:40000";proto=http',
  traceparent: "00-0eee6b0eb07ee6864f8cc8e18d1d4957-0eee6b0eb07ee686-01",
  "x-request-id": "0eee6b0eb07ee6864f8cc8e18d1d4957",
  "x-novacron-colo": "FRA",
  via: "1.1 novacron",
  "cdn-loop": "novacron",
};

/** What the edge would be if it asked an object about each request. */
export const object = {
  fetch: async (request, env) => {
    await routingTable(env).snapshot({ reads: [FRAME_VERSION], scope: "routing", have: Number.MAX_SAFE_INTEGER });
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
