import { Hono } from "hono";
import { isPermission } from "../../src/auth/permission.ts";
import { err, ok, type Result } from "../../src/base/result.ts";
import { Credentials } from "./auth/credentials.ts";
import { readJson } from "./body.ts";
import { clientAddress } from "./client-address.ts";
import type { ControlContext, ControlEnv } from "./context.ts";
import type { ControlDeps } from "./deps.ts";
import { docsPage } from "./docs/page.ts";
import { dress } from "./dress.ts";
import { validate, validateQuery } from "./field-errors.ts";
import { fingerprintOf, once, parseIdempotencyKey } from "./idempotency.ts";
import { identify, permit } from "./identity.ts";
import { type ApiDocument, describeApi } from "./openapi/document.ts";
import { entityTag, isHeld, type Precondition, parseIfMatch } from "./precondition.ts";
import { toAudit } from "./principal.ts";
import { createRateLimit } from "./rate-limit.ts";
import { type Attempt, Recorder } from "./recorder.ts";
import { isProblemKind, type Refusal, refuse } from "./refusal.ts";
import { type Answer, API_ROOT, type Begin, type Call, isBindable, isWrite, type Route } from "./route.ts";
import { routes } from "./routes.ts";
import { createTableReader, type TableReader } from "./table-reader.ts";

/** The control plane: the API below `/api`, the dashboard's files elsewhere. */
export function createControlApp(deps: ControlDeps): Hono<ControlEnv> {
  const app = new Hono<ControlEnv>();
  const shared: Shared = {
    deps,
    tables: createTableReader(deps.table),
    credentials: new Credentials(deps.auth, deps.now),
    recorder: new Recorder(deps),
  };
  refuseUndeclared(routes);
  app.use(async (c, next) => {
    c.set("requestId", deps.newRequestId());
    c.set("address", clientAddress(c.req.raw.headers));
    // Two Host fields make no URL.
    if (URL.canParse(c.req.url)) await next();
    else c.res = refused(c, { kind: "bad-host" });
    dress(c);
  });
  const rateLimit = createRateLimit(deps.rates, deps.now);
  for (const path of API_PATHS) app.use(path, rateLimit.strangers);
  serveDescription(app);
  for (const path of API_PATHS)
    app.use(path, async (c, next) => {
      const identity = await identify(c.req.raw, c.get("address"), c.get("requestId"), deps, shared.credentials);
      c.set("identity", identity);
      // What is for anyone is also for who brings nothing that holds.
      if (!identity.ok && !isUnknown(identity.error)) return refusedStranger(c, identity.error, shared);
      await next();
    });
  const { principals } = rateLimit;
  for (const route of routes) {
    const path = `${API_ROOT}${route.path}`;
    // What is for anyone costs a stranger's token, whoever asks: there secrets can be guessed.
    if (route.permission === "anyone") app.on(route.method, path, (c) => serve(c, route, shared));
    else app.on(route.method, path, principals, (c) => serve(c, route, shared));
  }
  for (const [path, allow] of methodsByPath())
    app.all(`${API_ROOT}${path}`, principals, (c) => refusedTo(c, { kind: "wrong-method", allow }, shared));
  for (const path of API_PATHS) app.all(path, principals, (c) => refusedTo(c, { kind: "no-such-route" }, shared));
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
  // A problem's type is a reference to what it means.
  app.get("/problems/:kind", async (c, next) => {
    const { kind } = c.req.param();
    return isProblemKind(kind) ? c.redirect(`/docs#problem-${kind}`) : next();
  });
}

interface Shared {
  readonly deps: ControlDeps;
  readonly tables: TableReader;
  readonly credentials: Credentials;
  readonly recorder: Recorder;
}

/** An operation that says nothing of who may carry it out must not be served to anybody. */
export function refuseUndeclared(declared: readonly Route[]): void {
  for (const { method, path, permission } of declared)
    if (permission !== "anyone" && permission !== "oneself" && !isPermission(permission))
      throw new Error(`${method} ${path} declares no permission that there is`);
}

async function serve(c: ControlContext, route: Route, shared: Shared): Promise<Response> {
  const answer = await shared.recorder.witness(attemptOf(c), route, (begin) => admit(c, route, shared, begin));
  if (!answer.ok) return refused(c, answer.error);
  const { status, body, epoch, location, lines } = answer.value;
  const headers = new Headers(answer.value.headers);
  if (epoch !== undefined) headers.set("ETag", entityTag(epoch));
  if (location !== undefined) headers.set("Location", location);
  if (epoch !== undefined && route.method === "GET" && isHeld(c.req.header("If-None-Match") ?? null, epoch))
    return new Response(null, { status: 304, headers });
  if (status === 204) return new Response(null, { status, headers });
  headers.set("Content-Type", route.contentType);
  return new Response(lines ?? JSON.stringify(body), { status, headers });
}

/** The doors that stand before every operation, then the operation. */
async function admit(c: ControlContext, route: Route, shared: Shared, begin: Begin): Promise<Result<Answer, Refusal>> {
  const permitted = permit(c.get("identity"), route, shared.deps.now());
  if (!permitted.ok) return permitted;
  const principal = permitted.value;
  const ifMatch = preconditionOf(route, c.req.header("If-Match") ?? null);
  if (!ifMatch.ok) return ifMatch;
  const key = parseIdempotencyKey(isWrite(route) ? (c.req.header("Idempotency-Key") ?? null) : null);
  if (!key.ok) return err({ kind: "bad-idempotency-key" });
  const query = validateQuery(route.query, new URL(c.req.url).searchParams);
  if (!query.ok) return query;
  const read = route.body ? await readJson(c.req.raw, shared.deps.timer) : null;
  if (read && !read.ok) return read;
  const body = read && route.body ? validate(route.body, read.value) : null;
  if (body && !body.ok) return body;
  const call: Call = {
    deps: shared.deps,
    tables: shared.tables,
    principal,
    permission: route.permission,
    address: c.get("address"),
    origin: new URL(c.req.url).origin,
    authorization: c.req.header("Authorization") ?? "",
    actor: { principal: principal.name, requestId: c.get("requestId") },
    ifMatch: ifMatch.value,
    query: query.value,
    body: body?.value,
    begin,
    param: (name) => c.req.param(name) ?? "",
  };
  const carryOut = async (asked: Call) => {
    const begun = await begin();
    if (!begun.ok) return begun;
    try {
      return await route.handle(asked);
    } finally {
      if (route.method !== "GET" && concernsPrincipals(route)) shared.credentials.forget();
    }
  };
  if (key.value === null) return carryOut(call);
  const asked = [route.method, c.req.path, ifMatch.value, query.value, body?.value];
  return once(call, key.value, await fingerprintOf(asked), carryOut);
}

function preconditionOf(route: Route, header: string | null): Result<Precondition, Refusal> {
  if (route.method === "GET") return ok({ kind: "any" });
  const read = parseIfMatch(header);
  if (!isBindable(route)) return read.ok && read.value.kind === "any" ? read : err({ kind: "unversioned" });
  return read.ok ? read : err({ kind: "bad-precondition" });
}

const concernsPrincipals = ({ permission }: Route) =>
  /^(?:anyone|oneself|(?:principals|roles|tokens|sessions):.+)$/.test(permission);

function attemptOf(c: ControlContext): Attempt {
  const { method, path } = c.req;
  const identity = c.get("identity");
  return {
    principal: identity.ok ? toAudit(identity.value) : "by" in identity.error ? identity.error.by : null,
    isKnown: identity.ok,
    address: c.get("address").text,
    method,
    path,
    requestId: c.get("requestId"),
  };
}

async function serveAsset(c: ControlContext, deps: ControlDeps): Promise<Response> {
  const asset = await deps.assets(c.req.raw);
  return asset.status === 404 ? refused(c, { kind: "no-such-route" }) : asset;
}

const isUnknown = ({ kind }: Refusal) => kind === "unauthenticated" || kind === "forged";

/** Strangers are not told what there is. */
async function refusedTo(c: ControlContext, refusal: Refusal, shared: Shared): Promise<Response> {
  const identity = c.get("identity");
  return identity.ok ? refused(c, refusal) : refusedStranger(c, identity.error, shared);
}

async function refusedStranger(c: ControlContext, refusal: Refusal, { recorder }: Shared): Promise<Response> {
  await recorder.noteStranger(attemptOf(c), null, refusal);
  return refused(c, refusal);
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
