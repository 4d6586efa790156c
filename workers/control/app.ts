import { Hono } from "hono";
import { err, type Result } from "../../src/base/result.ts";
import { readJson } from "./body.ts";
import type { ControlContext, ControlEnv } from "./context.ts";
import type { ControlDeps } from "./deps.ts";
import { docsPage } from "./docs/page.ts";
import { validate, validateQuery } from "./field-errors.ts";
import { fingerprintOf, once, parseIdempotencyKey } from "./idempotency.ts";
import { type ApiDocument, describeApi } from "./openapi/document.ts";
import { isWrite } from "./openapi/problems.ts";
import { entityTag, isHeld, parseIfMatch } from "./precondition.ts";
import { authenticate, authorize } from "./principal.ts";
import { createRateLimit } from "./rate-limit.ts";
import { type Refusal, refuse } from "./refusal.ts";
import { type Answer, API_ROOT, type Call, type Route } from "./route.ts";
import { routes } from "./routes.ts";
import { createTableReader, type TableReader } from "./table-reader.ts";

/** The control plane: the API below `/api`, the dashboard's files elsewhere. */
export function createControlApp(deps: ControlDeps): Hono<ControlEnv> {
  const app = new Hono<ControlEnv>();
  const tables = createTableReader(deps.table);
  app.use(async (c, next) => {
    c.set("requestId", deps.newRequestId());
    await next();
    dress(c);
  });
  const rateLimit = createRateLimit(deps.rates, deps.now);
  for (const path of API_PATHS) app.use(path, rateLimit.strangers);
  serveDescription(app);
  for (const path of API_PATHS)
    app.use(path, async (c, next) => {
      const principal = await authenticate(c.req.raw, deps);
      if (!principal) return refused(c, { kind: "unauthenticated" });
      c.set("principal", principal);
      await next();
    });
  for (const path of API_PATHS) app.use(path, rateLimit.principals);
  for (const route of routes)
    app.on(route.method, `${API_ROOT}${route.path}`, (c) => serve(c, route, { deps, tables }));
  for (const [path, allow] of methodsByPath())
    app.all(`${API_ROOT}${path}`, (c) => refused(c, { kind: "wrong-method", allow }));
  for (const path of API_PATHS) app.all(path, (c) => refused(c, { kind: "no-such-route" }));
  app.get("*", (c) => serveAsset(c, deps));
  app.all("*", (c) => refused(c, { kind: "wrong-method", allow: "GET, HEAD" }));
  app.onError((cause, c) => {
    const requestId = c.get("requestId");
    deps.log({ level: "error", message: `${c.req.method} ${c.req.path} failed`, requestId, cause });
    return refused(c, { kind: "unexpected" });
  });
  return app;
}

const API_PATHS = ["/api", "/api/*"];

/** The API's description needs no token: it is what the source says, and tells nothing of this deployment. */
function serveDescription(app: Hono<ControlEnv>): void {
  let api: ApiDocument | undefined;
  const describe = () => {
    api ??= describeApi(routes);
    return api;
  };
  app.get(`${API_ROOT}/openapi.json`, (c) => c.json(describe()));
  app.get("/docs", (c) => c.html(docsPage(describe())));
}

interface Shared {
  readonly deps: ControlDeps;
  readonly tables: TableReader;
}

async function serve(c: ControlContext, route: Route, shared: Shared): Promise<Response> {
  const answer = await admit(c, route, shared);
  if (!answer.ok) return refused(c, answer.error);
  const { status, body, epoch, location } = answer.value;
  const headers = new Headers();
  if (epoch !== undefined) headers.set("ETag", entityTag(epoch));
  if (location !== undefined) headers.set("Location", location);
  if (epoch !== undefined && route.method === "GET" && isHeld(c.req.header("If-None-Match") ?? null, epoch))
    return new Response(null, { status: 304, headers });
  if (status === 204) return new Response(null, { status, headers });
  headers.set("Content-Type", "application/json");
  return new Response(JSON.stringify(body), { status, headers });
}

/** The doors that stand before every operation, then the operation. */
async function admit(c: ControlContext, route: Route, shared: Shared): Promise<Result<Answer, Refusal>> {
  const principal = c.get("principal");
  if (!authorize(principal, route.permission)) return err({ kind: "forbidden", permission: route.permission });
  const ifMatch = parseIfMatch(c.req.header("If-Match") ?? null);
  if (!ifMatch.ok) return err({ kind: "bad-precondition" });
  const key = parseIdempotencyKey(c.req.header("Idempotency-Key") ?? null);
  if (!key.ok) return err({ kind: "bad-idempotency-key" });
  const query = validateQuery(route.query, new URL(c.req.url).searchParams);
  if (!query.ok) return query;
  const read = route.body ? await readJson(c.req.raw) : null;
  if (read && !read.ok) return read;
  const body = read && route.body ? validate(route.body, read.value) : null;
  if (body && !body.ok) return body;
  const call: Call = {
    ...shared,
    actor: { principal: principal.name, requestId: c.get("requestId") },
    ifMatch: ifMatch.value,
    query: query.value,
    body: body?.value,
    param: (name) => c.req.param(name) ?? "",
  };
  if (key.value === null || !isWrite(route)) return route.handle(call);
  const asked = [route.method, c.req.path, ifMatch.value, query.value, body?.value];
  return once(call, key.value, await fingerprintOf(asked), route.handle);
}

async function serveAsset(c: ControlContext, deps: ControlDeps): Promise<Response> {
  const asset = await deps.assets(c.req.raw);
  return asset.status === 404 ? refused(c, { kind: "no-such-route" }) : asset;
}

const refused = (c: ControlContext, refusal: Refusal) => refuse(refusal, c.get("requestId"));

function methodsByPath(): ReadonlyMap<string, string> {
  const methods = new Map<string, string>();
  for (const { path, method } of routes) {
    const own = method === "GET" ? "GET, HEAD" : method;
    const others = methods.get(path);
    methods.set(path, others === undefined ? own : `${others}, ${own}`);
  }
  return methods;
}

/** What every answer of the control plane carries. */
function dress(c: ControlContext): void {
  c.header("X-Request-Id", c.get("requestId"));
  c.header("Cache-Control", "no-store");
  c.header("Content-Security-Policy", c.req.path.startsWith("/api") ? API_POLICY : PAGE_POLICY);
  c.header("Cross-Origin-Resource-Policy", "same-origin");
  c.header("Referrer-Policy", "no-referrer");
  c.header("Strict-Transport-Security", "max-age=63072000");
  c.header("X-Content-Type-Options", "nosniff");
  c.header("X-Frame-Options", "DENY");
}

const API_POLICY = "default-src 'none'; frame-ancestors 'none'";
const PAGE_POLICY =
  "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";
