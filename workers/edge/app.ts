import { Hono } from "hono";
import { Edge, type EdgeDeps } from "./edge.ts";
import { serve } from "./pipeline.ts";

/** Where an edge tells of itself; every other path is traffic. */
export const HEALTH_PATH = "/.well-known/novacron/health";

type Context = Pick<ExecutionContext, "waitUntil" | "passThroughOnException" | "props">;

export interface EdgeApp {
  fetch(request: Request, env: unknown, context: Context): Response | Promise<Response>;
}

/**
 * The edge plane: routes everything that reaches it. Traffic does not pass through Hono, whose context and promises
 * would cost it more than all of the decision does. Who wants to watch the edge hands in one of its own.
 */
export function createEdgeApp(deps: EdgeDeps, edge: Edge = new Edge(deps)): EdgeApp {
  const app = new Hono().get(HEALTH_PATH, async (c) => {
    const startedAt = edge.now();
    await edge.view((work) => c.executionCtx.waitUntil(work));
    const { epoch, ageMs, error } = edge.health;
    c.header("X-Request-Id", edge.requestIds.next(null, startedAt));
    c.header("Server-Timing", `edge;dur=${edge.now() - startedAt}`);
    c.header("Cache-Control", "no-store");
    return c.json({ status: epoch === null ? "down" : error === null ? "ok" : "stale", epoch, ageMs, error });
  });
  return {
    fetch(request, _env, context) {
      // Read once: each look at a request's URL makes the runtime build it anew.
      const { url } = request;
      return isHealth(url) && (request.method === "GET" || request.method === "HEAD")
        ? app.fetch(request, undefined, context)
        : serve(edge, request, url, (work) => context.waitUntil(work));
    },
  };
}

function isHealth(url: string): boolean {
  const path = url.indexOf("/", "https://".length);
  return url.startsWith(HEALTH_PATH, path) && (url[path + HEALTH_PATH.length] ?? "?") === "?";
}
