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
