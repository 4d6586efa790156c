import type { RouteConfig } from "@hono/zod-openapi";
import { z } from "zod";
import { type Answer, isBindable, isWrite, type Need, type Route } from "../route.ts";
import { headers, parameters } from "./components.ts";
import { problemResponses } from "./problems.ts";

/** A route as an operation of OpenAPI. */
export function toOperation(route: Route): RouteConfig {
  const { path, names } = templateOf(route.path);
  const [, tag = ""] = path.split("/");
  return {
    method: route.method.toLowerCase() as RouteConfig["method"],
    path,
    tags: [tag],
    operationId: operationId(route.method, path),
    summary: route.summary,
    description: [
      ...(route.description ? [route.description] : []),
      needOf(route.permission),
      ...(route.stepUp ? ["A person must have used a second factor in the last minutes."] : []),
    ].join(" "),
    ...(route.permission === "anyone" ? { security: [] } : {}),
    parameters: headerParameters(route),
    request: {
      ...(names.length === 0 ? {} : { params: z.object(Object.fromEntries(names.map((name) => [name, partSchema]))) }),
      ...(route.query instanceof z.ZodObject ? { query: route.query } : {}),
      ...(route.body ? { body: { required: true, content: { "application/json": { schema: route.body } } } } : {}),
    },
    responses: {
      ...Object.fromEntries(route.statuses.map((status) => [status, toResponse(route, status)])),
      ...(route.method === "GET" && route.versioned
        ? { 304: { description: "The client has this epoch already" } }
        : {}),
      ...problemResponses(route),
    },
  };
}

function needOf(permission: Need): string {
  switch (permission) {
    case "anyone":
      return "For anyone.";
    case "oneself":
      return "For whoever has signed in, about themselves.";
    default:
      return `Needs the permission ${permission}.`;
  }
}

/** A part of a path, percent-encoded: the slash of a network too. */
const partSchema = z.string().min(1);

/** Hono's `/blacklist/:cidr{.+}` as OpenAPI's `/blacklist/{cidr}`, with the names in it. */
export function templateOf(path: string): { readonly path: string; readonly names: readonly string[] } {
  const names: string[] = [];
  const template = path.replace(/:(\w+)(?:\{[^/]+\})?/g, (_, name: string) => {
    names.push(name);
    return `{${name}}`;
  });
  return { path: template, names };
}

/** `PUT /regions/{id}` is `put-regions-id`. */
const operationId = (method: string, path: string) =>
  [method.toLowerCase(), ...path.split(/[^\w-]+/).filter((part) => part !== "")].join("-");

function headerParameters(route: Route) {
  if (isWrite(route)) return [parameters.idempotencyKey, ...(isBindable(route) ? [parameters.ifMatch] : [])];
  return route.method === "GET" && route.versioned ? [parameters.ifNoneMatch] : [];
}

const descriptions: Readonly<Record<Answer["status"], string>> = { 200: "Done", 201: "Created", 204: "Done" };

function toResponse(route: Route, status: Answer["status"]) {
  const own = {
    ...(route.versioned && status !== 204 ? { ETag: headers.etag } : {}),
    ...(status === 201 && route.located ? { Location: headers.location } : {}),
  };
  return {
    description: descriptions[status],
    ...(Object.keys(own).length === 0 ? {} : { headers: own }),
    ...(route.reply && status !== 204 ? { content: { [route.contentType]: { schema: route.reply } } } : {}),
  };
}
