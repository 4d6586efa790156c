import type { ErrorKind } from "../../src/health/outlier.ts";
import { forwardFields, headersLength, MAX_HEADERS_LENGTH, traceparent } from "../../src/proxy/headers.ts";
import { repeatability } from "../../src/proxy/repeatable.ts";
import type { RetryBudget } from "../../src/proxy/retry-budget.ts";
import { alternates, type Chosen, type RouteRequest } from "../../src/routing/decide.ts";
import type { View } from "../../src/routing/view.ts";
import type { PriorityClass } from "../../src/table/shaping-settings.ts";
import type { BackendEntry } from "../../src/table/snapshot.ts";
import { within } from "../within.ts";
import { BodyMeter, type BodyTooLarge, saysLength } from "./body-meter.ts";
import type { Edge } from "./edge.ts";
import { Occupancy } from "./occupancy.ts";
import type { Passage } from "./passage.ts";
import type { Diverted } from "./shaper.ts";
import { hedge, startTry, type Try, type TryResult } from "./try.ts";

/** A backend answered; the response is the backend's own. */
export interface Forwarded {
  readonly kind: "forwarded";
  readonly request: RouteRequest;
  readonly priority: PriorityClass;
  readonly chosen: Chosen;
  /** Who answered, which is not the chosen one when that had no room, or after a retry. */
  readonly entry: BackendEntry;
  readonly response: Response;
  readonly status: number;
  /** Milliseconds until the response headers of the try that answered. */
  readonly backendMs: number;
  readonly failures: readonly FailedTry[];
  /** Why a gateway error is passed on rather than tried elsewhere; `null` for any other response. */
  readonly gaveUp: GaveUp | null;
  /** Tries that were started because another took long. */
  readonly hedges: number;
}

/** No backend answered. */
export interface ForwardFailed {
  readonly kind: "forward-failed";
  readonly request: RouteRequest;
  readonly chosen: Chosen;
  readonly failures: readonly FailedTry[];
  /** Why there was no further try. */
  readonly gaveUp: GaveUp;
  readonly hedges: number;
}

/** The try broke off, and what the client has sent is the likely cause. */
export interface HeadersTooLarge {
  readonly kind: "headers-too-large";
  readonly length: number;
}

/** The client did not send its body in time. */
export interface BodyTooSlow {
  readonly kind: "body-too-slow";
  readonly timeoutMs: number;
}

export interface FailedTry {
  readonly entry: BackendEntry;
  readonly error: ErrorKind;
  /** `null` where no response came. */
  readonly status: number | null;
  readonly ms: number;
}

export type GaveUp = "not-repeatable" | "retries-spent" | "budget-spent" | "out-of-time" | "nobody-left";

/** Everything that the tries of one request share. */
interface Errand {
  readonly edge: Edge;
  readonly view: View;
  readonly request: RouteRequest;
  readonly priority: PriorityClass;
  /** Where it goes first, and where the walk goes on. */
  readonly placed: Chosen | Diverted;
  readonly chosen: Chosen;
  readonly init: Omit<RequestInit, "headers"> & {
    readonly headers: Readonly<Record<string, string>>;
    /** The runtime's own, which not all types of a request know. */
    readonly encodeResponseBody: "manual";
  };
  readonly repeatable: boolean;
  readonly budget: RetryBudget;
  readonly incoming: Request;
  readonly passage: Passage;
  /** Unix milliseconds by which the response headers must have come. */
  readonly deadline: number;
}

/**
 * Sends the request to the backend where it has its place and, while that is safe and within the budget, to others in turn. A
 * response of 502, 503 or 504 is a failure of its backend too; it is passed on when there is nobody else to try.
 */
export function forward(
  edge: Edge,
  view: View,
  request: RouteRequest,
  priority: PriorityClass,
  incoming: Request,
  placed: Chosen | Diverted,
  passage: Passage,
): Promise<Ended> {
  const { service } = request.service;
  const now = edge.now();
  const { method } = request.facts;
  // `fetch` throws at a body of GET or HEAD, be it empty, and it has no meaning there (RFC 9110, section 9.3.1).
  const original = method === "GET" || method === "HEAD" ? null : incoming.body;
  // One that says its length has been judged by it.
  const meter =
    original === null || saysLength(request.facts.fields["content-length"])
      ? null
      : new BodyMeter(original, service.maxBodyBytes);
  const body = meter?.body ?? original;
  const repeat = repeatability(method, body !== null, request.facts.fields);
  const budget = edge.retryBudget(request.service.id);
  budget.request(now);
  const errand: Errand = {
    edge,
    view,
    request,
    priority,
    placed,
    chosen: placed.kind === "diverted" ? placed.chosen : placed,
    init: {
      method,
      headers: forwardFields(request.facts, edge.random.hex(2)),
      body,
      redirect: "manual",
      // Encoded bodies are passed on as they are. A part of one (206) cannot be decoded, and one that the runtime encodes
      // afresh has other bytes under the same ETag.
      encodeResponseBody: "manual",
    },
    repeatable: repeat !== "once",
    budget,
    incoming,
    passage,
    deadline: now + service.totalTimeoutMs,
  };
  if (repeat === "hold-body") return walkWithBody(errand);
  // The backend has not answered, and what it will say to a part of a body is of no use.
  return meter === null ? walk(errand) : Promise.race([walk(errand), meter.overflow]);
}

type Ended = Forwarded | ForwardFailed | HeadersTooLarge | BodyTooLarge | BodyTooSlow;

/** Reads a small body into memory first; a client that stalls does not hold the request for ever. */
async function walkWithBody(errand: Errand): Promise<Ended> {
  const timeoutMs = errand.request.service.service.totalTimeoutMs;
  // A body that breaks off has no client left to be told.
  const body = await within(
    errand.incoming.arrayBuffer().catch(() => null),
    timeoutMs,
    null,
  );
  if (body === null) return { kind: "body-too-slow", timeoutMs };
  // The client's time is not taken from the backends'.
  return walk({ ...errand, init: { ...errand.init, body }, deadline: errand.edge.now() + timeoutMs });
}

async function walk(errand: Errand): Promise<Forwarded | ForwardFailed | HeadersTooLarge> {
  const first = send(errand, errand.placed.backend);
  const { hedgeAfterMs } = errand.request.service.service;
  const hedgeMs = errand.repeatable ? hedgeAfterMs : null;
  if (hedgeMs === null) {
    // Nearly every request ends here, before anything is made that only a retry needs.
    const result = await first.result;
    if (result.kind === "response" && failureOf(result) === null) {
      observe(errand, result);
      return answered(errand, result, [], null, 0);
    }
  }
  return walkOn(errand, first, hedgeMs);
}

async function walkOn(
  errand: Errand,
  first: Try,
  hedgeMs: number | null,
): Promise<Forwarded | ForwardFailed | HeadersTooLarge> {
  const { request, chosen } = errand;
  const failures: FailedTry[] = [];
  const another = nextBackend(errand);
  let hedges = 0;
  const launchHedge = (): Try | undefined => {
    const other = another(failures.length);
    if (typeof other === "string") return undefined;
    hedges += 1;
    return retry(errand, other);
  };

  const setAside = (result: TryResult, error: ErrorKind) => {
    const status = result.kind === "response" ? result.status : null;
    failures.push({ entry: result.entry, error, status, ms: result.ms });
    // A body that has broken off by itself cannot be cancelled, and needs not be.
    if (result.kind !== "response") return;
    result.response.body?.cancel().catch(() => undefined);
    result.release?.();
  };
  const outlived = (result: TryResult): boolean => {
    const failed = failureOf(result);
    if (failed === null) return false;
    observe(errand, result);
    setAside(result, failed);
    return true;
  };

  let current = first;
  for (;;) {
    const result = await (hedgeMs === null ? current.result : hedge(current, hedgeMs, launchHedge, outlived));
    if (result.kind === "failure" && result.error === "connect") {
      const length = headersLength(request.facts.fields);
      if (length > MAX_HEADERS_LENGTH) return { kind: "headers-too-large", length };
    }
    observe(errand, result);
    const failed = failureOf(result);
    if (failed === null && result.kind === "response") return answered(errand, result, failures, null, hedges);
    const other = another(failures.length);
    const gaveUp = typeof other === "string";
    // The last gateway error is the backend's own word, and better than one of ours.
    if (gaveUp && result.kind === "response") return answered(errand, result, failures, other, hedges);
    setAside(result, failed ?? "reset");
    if (gaveUp) return { kind: "forward-failed", request, chosen, failures, gaveUp: other, hedges };
    current = retry(errand, other);
  }
}

function observe({ edge, request, init }: Errand, result: TryResult): void {
  // While a body streams, a client that breaks off or is slow cannot be told from a backend that does.
  if (result.kind === "failure" && init.body instanceof ReadableStream) return;
  // Nor does a try that was given less than its time by those before it say anything of its backend.
  const hurried = result.kind === "failure" && result.timeoutMs < request.service.service.tryTimeoutMs;
  if (hurried && result.error === "timeout") return;
  edge.observe(request.service, result);
  edge.observations.tried(request, result);
}

function answered(
  { edge, request, priority, chosen, init }: Errand,
  result: Extract<TryResult, { kind: "response" }>,
  failures: readonly FailedTry[],
  gaveUp: GaveUp | null,
  hedges: number,
): Forwarded {
  edge.observations.answered(request, result, init.body === null);
  const { entry, response, status, ms: backendMs } = result;
  return { kind: "forwarded", request, priority, chosen, entry, response, status, backendMs, failures, gaveUp, hedges };
}

/** Only what another backend may do better counts here: a 500 is the application's answer. */
function failureOf(result: TryResult): ErrorKind | null {
  if (result.kind === "failure") return result.error;
  return result.status >= 502 && result.status <= 504 ? "gateway" : null;
}

/** Yields the next backend to try, or why there is none. */
function nextBackend({ edge, view, request, priority, placed, chosen, repeatable, budget, deadline }: Errand) {
  const { maxRetries, retryBudgetPercent } = request.service.service;
  let others = placed.kind === "diverted" ? placed.others : null;
  return (retries: number): BackendEntry | GaveUp => {
    const now = edge.now();
    if (!repeatable) return "not-repeatable";
    if (retries >= maxRetries) return "retries-spent";
    if (now >= deadline) return "out-of-time";
    others ??= alternates(view, request, chosen, now);
    let other = others.next().value;
    while (other && edge.shaper.shortage(request.service, priority, other, now) !== null) other = others.next().value;
    if (!other) return "nobody-left";
    return budget.take(retryBudgetPercent, now) ? other : "budget-spent";
  };
}

function retry(errand: Errand, entry: BackendEntry): Try {
  const { edge, init, request } = errand;
  // Each try is a span of its own.
  const span = traceparent(request.facts.requestId, edge.random.hex(2));
  return send({ ...errand, init: { ...init, headers: { ...init.headers, traceparent: span } } }, entry);
}

function send(errand: Errand, entry: BackendEntry): Try {
  const { edge, view, request, priority, init, deadline } = errand;
  const { tryTimeoutMs, uploadTimeoutMs } = request.service.service;
  // The answer to a body that streams may come after its end, which the client sets.
  const streams = init.body instanceof ReadableStream;
  const timeoutMs = streams ? uploadTimeoutMs : Math.max(1, Math.min(tryTimeoutMs, deadline - edge.now()));
  return startTry(edge.fetch, entry, entry.backend.url + request.facts.target, init, {
    timeoutMs,
    abortable: request.service.service.hedgeAfterMs !== null,
    gauge: view.traffic.gauge(entry.id),
    priority,
    limit: edge.shaper.limitOf(request.service, entry),
    release: occupy(errand, entry),
    pace: streams ? "client" : timeoutMs < tryTimeoutMs ? "hurried" : "backend",
    clock: edge.now,
  });
}

/** Counts a try where what is in progress is limited. Gives how to count it down before the request is over. */
function occupy({ edge, request, priority, incoming, passage }: Errand, entry: BackendEntry): (() => void) | null {
  const gauges = edge.shaper.gaugesOf(request.service, priority, entry);
  if (gauges.length === 0) return null;
  const now = edge.now();
  const begun = gauges.map((gauge) => ({ gauge, generation: gauge.begin(now) }));
  passage.occupancy ??= new Occupancy(incoming.signal);
  return passage.occupancy.hold(() => {
    for (const { gauge, generation } of begun) gauge.end(generation);
  });
}
