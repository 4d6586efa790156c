import { coloObserver, rateLimiter, routingTable } from "../../durable-objects/stubs.ts";
import { createEdgeApp, type EdgeApp } from "../../workers/edge/app.ts";
import { edgeDeps } from "../../workers/edge/deps.ts";
import { Edge } from "../../workers/edge/edge.ts";
import type { Env } from "../../workers/env.ts";
import { floodAddress, goodAddress, type Sending, type Sent, type Standing } from "./flood-traffic.ts";

export * from "../../workers/objects.ts";

/** Requests under way at a time. */
const AT_ONCE = 64;
const calls = { table: 0, observer: 0, limiter: 0 };
const owners = new Set<string>();
let isolate: { readonly edge: Edge; readonly app: EdgeApp } | null = null;

/** The deployed edge, but that its calls to objects are counted, and that backends answer at once from within. */
function isolateOf(env: Env) {
  if (isolate === null) {
    const deps = {
      ...edgeDeps(env),
      table: () => counted("table", routingTable(env)),
      observer: (colo: string) => counted("observer", coloObserver(env, colo)),
      limiter: (name: string) => {
        owners.add(name);
        return counted("limiter", rateLimiter(env, name));
      },
      fetch: async () => new Response("ok"),
    };
    const edge = new Edge(deps);
    isolate = { edge, app: createEdgeApp(deps, edge) };
  }
  return isolate;
}

/** A stub is made for each call. */
function counted<T>(kind: keyof typeof calls, stub: T): T {
  calls[kind] += 1;
  return stub;
}

/** `POST` sends requests through the edge, `GET` tells how it stands. */
export const drive = {
  fetch: async (request, env, context) => {
    const { edge, app } = isolateOf(env);
    if (request.method === "GET") {
      const standing: Standing = {
        calls,
        owners: owners.size,
        leases: edge.shield.limits.memory().leases,
        maxBytes: edge.shield.maxBytes(),
      };
      return Response.json(standing);
    }
    return Response.json(await send(app, (await request.json()) as Sending, env, context));
  },
} satisfies ExportedHandler<Env>;

/** The bench's own door to the table: `POST` applies a patch. */
export const setup = {
  fetch: async (request, env) => {
    const options = { actor: { principal: "bench", requestId: "bench" }, summary: "bench", ifEpoch: null };
    return Response.json(await routingTable(env).apply(await request.json(), options));
  },
} satisfies ExportedHandler<Env>;

// The bundler takes a file without a default export for an old service worker.
export default { fetch: () => new Response(null, { status: 404 }) };

async function send(app: EdgeApp, sending: Sending, env: Env, context: ExecutionContext): Promise<Sent> {
  const { from, count, goodClients, goodEvery } = sending;
  const answers = { flood: new Map<number, number>(), good: new Map<number, number>() };
  let next = from;
  const startedAt = Date.now();
  const one = async (address: string, statuses: Map<number, number>) => {
    const response = await app.fetch(requestFrom(address), env, context);
    await response.arrayBuffer();
    statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
  };
  const sender = async () => {
    while (next < from + count) {
      const number = next++;
      if (number % goodEvery === 0) await one(goodAddress((number / goodEvery) % goodClients), answers.good);
      await one(floodAddress(number), answers.flood);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, sender));
  return {
    flood: Object.fromEntries(answers.flood),
    good: Object.fromEntries(answers.good),
    tookMs: Date.now() - startedAt,
  };
}

const cf = { country: "DE", continent: "EU", colo: "FRA", latitude: "50.1", longitude: "8.7", asn: 3320 };

function requestFrom(address: string): Request {
  const headers = { "CF-Connecting-IP": address, "User-Agent": "bench" };
  return new Request("https://flood.test/api/items?page=1", { headers, cf });
}
