import { OpenAPIHono } from "@hono/zod-openapi";
import { API_ROOT, type Route } from "../route.ts";
import { components } from "./components.ts";
import { toOperation } from "./operation.ts";

const DESCRIPTION = `Lists are paged: a page without a cursor is the last, else ?cursor= asks for the next. \
Errors are problems (RFC 9457) with a stable type, and a refused request has changed nothing. Every answer names its \
request in X-Request-Id, and says in RateLimit what may be asked until when.`;

/** The API as OpenAPI 3.1, made from the schemas by which requests are read and replies are written. */
export function describeApi(routes: readonly Route[]) {
  const { openAPIRegistry, getOpenAPI31Document } = new OpenAPIHono();
  for (const [type, byName] of Object.entries(components))
    for (const [name, component] of Object.entries(byName))
      openAPIRegistry.registerComponent(type as keyof typeof components, name, component);
  for (const route of routes) openAPIRegistry.registerPath(toOperation(route));
  return getOpenAPI31Document({
    openapi: "3.1.0",
    info: { title: "NovaCron Global", version: "1", description: DESCRIPTION, license },
    servers: [{ url: API_ROOT }],
    security: [{ bearer: [] }, { cookie: [] }],
    tags: [...new Set(routes.map(({ path }) => path.split("/")[1] ?? ""))].map((name) => ({ name })),
  });
}

const license = { name: "Apache-2.0", identifier: "Apache-2.0" };

export type ApiDocument = ReturnType<typeof describeApi>;
