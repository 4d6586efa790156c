import { Hono } from "hono";
import { problem } from "../problem.ts";
import { Edge, type EdgeDeps } from "./edge.ts";
import { serve } from "./pipeline.ts";

/** Where an edge tells of itself; every other path is traffic. */
export const HEALTH_PATH = "/.well-known/novacron/health";

/** The edge plane: routes everything that reaches it. */
export function createEdgeApp(deps: EdgeDeps): Hono {
  const edge = new Edge(deps);
  const app = new Hono();
  app.get(HEALTH_PATH, async (c) => {
    const startedAt = edge.now();
    await edge.view((work) => c.executionCtx.waitUntil(work));
    const { epoch, ageMs, error } = edge.health;
    c.header("X-Request-Id", edge.random.hex(4));
    c.header("Server-Timing", `edge;dur=${edge.now() - startedAt}`);
    c.header("Cache-Control", "no-store");
    return c.json({ status: epoch === null ? "down" : error === null ? "ok" : "stale", epoch, ageMs, error });
  });
  app.all("*", (c) => serve(edge, c.req.raw, (work) => c.executionCtx.waitUntil(work)));
  app.onError((error) => {
    console.error(error);
    return problem({ status: 500, type: "/problems/internal", title: "Internal error" });
  });
  return app;
}
