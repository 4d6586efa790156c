import { MAX_HEADERS_LENGTH, prepareResponseHeaders } from "../../src/proxy/headers.ts";
import { EDGE_NAME, MAX_URL_LENGTH } from "../../src/request/facts.ts";
import type { NoneHealthy } from "../../src/routing/decide.ts";
import { type Problem, problem } from "../problem.ts";
import type { Edge } from "./edge.ts";
import type { FailedTry, Forwarded, ForwardFailed } from "./forward.ts";
import type { Outcome } from "./outcome.ts";
import type { Shed, Shortage } from "./shaper.ts";
import { throttleBody } from "./throttle.ts";

export interface Timing {
  readonly requestId: string;
  /** Unix milliseconds. */
  readonly startedAt: number;
}

/** Turns the outcome of a request into its response. */
export function respond(edge: Edge, outcome: Outcome, timing: Timing): Response | Promise<Response> {
  if (outcome.kind === "forwarded") return respondForwarded(edge, outcome, timing);
  const { requestId, startedAt } = timing;
  const { headers, ...refusal } = refusalOf(outcome);
  const ms = edge.now() - startedAt;
  return problem({
    ...refusal,
    requestId,
    headers: { ...headers, "X-Request-Id": requestId, "Server-Timing": `edge;dur=${ms}`, "Cache-Control": "no-store" },
  });
}

function respondForwarded(
  edge: Edge,
  outcome: Forwarded,
  { requestId, startedAt }: Timing,
): Response | Promise<Response> {
  const { response: original, entry, chosen, request, backendMs, failures } = outcome;
  const now = edge.now();
  // A WebSocket's response cannot carry a body, and keeps its socket only when it is passed on by name.
  const response =
    outcome.status === 101
      ? new Response(null, { status: 101, webSocket: original.webSocket, headers: original.headers })
      : new Response(bodyOf(edge, outcome), original);
  const { headers } = response;
  prepareResponseHeaders(headers);
  headers.set("X-Request-Id", requestId);
  const retries = failures.length > 0 ? `, retries;desc=${failures.length}` : "";
  headers.append("Server-Timing", `edge;dur=${now - startedAt - backendMs}, backend;dur=${backendMs}${retries}`);
  const { service } = request.service;
  if (service.exposeDecision) {
    headers.set("X-Novacron-Region", entry.region.id);
    headers.set("X-Novacron-Backend", entry.id);
    headers.set("X-Novacron-Policy", chosen.policy);
  }
  if (service.affinity.kind !== "cookie" || request.bound === entry.id) return response;
  const { ttlSeconds } = service.affinity;
  const bound = { id: request.service.id, pathPrefix: service.pathPrefix, ttlSeconds };
  return edge.affinity.write(bound, entry.id, request.facts.scheme === "https", now).then((cookie) => {
    headers.append("Set-Cookie", cookie);
    return response;
  });
}

function bodyOf(edge: Edge, { response, request, priority }: Forwarded): ReadableStream | null {
  const { bulkBytesPerSecond } = request.service.service.shaping;
  if (bulkBytesPerSecond === null || priority !== "bulk") return response.body;
  return throttleBody(response, bulkBytesPerSecond, edge);
}

type Refusal = Omit<Problem, "requestId">;

function refusalOf(outcome: Exclude<Outcome, Forwarded>): Refusal {
  switch (outcome.kind) {
    case "url-too-long":
      return {
        status: 414,
        type: "/problems/url-too-long",
        title: "URL too long",
        detail: `The URL has ${outcome.length} characters; at most ${MAX_URL_LENGTH} are taken.`,
      };
    case "headers-too-large":
      return {
        status: 431,
        type: "/problems/headers-too-large",
        title: "Request header fields too large",
        detail: `The header fields have ${outcome.length} characters; a backend need not take more than ${MAX_HEADERS_LENGTH}, and this one did not.`,
      };
    case "bad-url":
      return {
        status: 400,
        type: "/problems/bad-url",
        title: "URL not understood",
        detail: "The Host header names no host.",
      };
    case "bad-client-address":
      return {
        status: 400,
        type: "/problems/bad-client-address",
        title: "Client address not understood",
        detail: `CF-Connecting-IP is not an IP address: ${outcome.text}`,
      };
    case "loop":
      return {
        status: 508,
        type: "/problems/loop",
        title: "Loop detected",
        detail: `The request has been through ${EDGE_NAME} before (${outcome.via}): a backend points at the edge.`,
      };
    case "crashed":
      return { status: 500, type: "/problems/internal", title: "Internal error" };
    case "no-table":
      return {
        status: 503,
        type: "/problems/no-table",
        title: "No routing table",
        detail: "This edge has not yet been able to read the routing table.",
        headers: { "Retry-After": "1" },
      };
    case "blocked":
      return {
        status: 403,
        type: "/problems/blocked",
        title: "Blocked",
        detail: `The client's address is on the blacklist (${outcome.cidr}).`,
      };
    case "no-service":
      return {
        status: 404,
        type: "/problems/no-service",
        title: "No such service",
        detail: `No service answers ${outcome.facts.hostname}${outcome.facts.path}.`.slice(0, 400),
      };
    case "refused":
      return {
        status: 451,
        type: "/problems/no-permitted-region",
        title: "No permitted region",
        detail: `Residency permits no region for this client: ${outcome.detail}.`,
      };
    case "none-healthy":
      return {
        status: 503,
        type: "/problems/no-healthy-backend",
        title: "No healthy backend",
        detail: noneHealthyWords(outcome),
        headers: { "Retry-After": "10" },
      };
    case "shed":
      return shedWords(outcome);
    case "body-too-slow":
      return {
        status: 408,
        type: "/problems/body-too-slow",
        title: "Request body too slow",
        detail: `The request body did not arrive within ${outcome.timeoutMs} ms.`,
      };
    case "forward-failed":
      return failedTries(outcome);
  }
}

function noneHealthyWords({ service, closed, jurisdiction }: NoneHealthy): string {
  const where = jurisdiction === null ? "" : ` in the regions permitted for ${jurisdiction}`;
  const nobody = `No backend of service ${service} is healthy${where}`;
  return closed
    ? `${nobody} and takes new clients: the others are drained, dialled to 0, or of weight 0.`
    : `${nobody}.`;
}

const shortageWords: Record<Shortage, string> = {
  backend: "the backends are as busy as they can be without becoming slow",
  "class-concurrency": "as many requests of their class are in progress as may be",
  "class-rate": "as many requests of their class have come in this second as may",
};

function shedWords({ priority, shortage, retryAfterMs }: Shed): Refusal {
  return {
    status: 503,
    type: "/problems/shed",
    title: "Shed",
    detail: `There is no room for ${priority} requests: ${shortageWords[shortage]}.`,
    headers: { "Retry-After": String(Math.max(1, Math.ceil(retryAfterMs / 1000))) },
  };
}

const gaveUpWords: Record<ForwardFailed["gaveUp"], string> = {
  "not-repeatable": "the request is not safe to repeat",
  "retries-spent": "no retries were left",
  "budget-spent": "the service's retry budget was spent",
  "out-of-time": "the time for all tries was over",
  "nobody-left": "no other backend was left to try",
};

function failedTries({ failures, gaveUp, request }: ForwardFailed): Refusal {
  const timedOut = failures.every(({ error }) => error === "timeout");
  const { exposeDecision } = request.service.service;
  const tries = failures.map((failure) => wordsOf(failure, exposeDecision)).join("; ");
  return {
    status: timedOut ? 504 : 502,
    type: timedOut ? "/problems/backend-timed-out" : "/problems/backend-failed",
    title: timedOut ? "Backend timed out" : "Backend failed",
    detail: `${tries}; ${gaveUpWords[gaveUp]}.`,
  };
}

/** Names of backends are for those who may see decisions. */
function wordsOf({ entry, error, ms }: FailedTry, exposeDecision: boolean): string {
  return `${exposeDecision ? entry.id : "a backend"} failed (${error}) after ${ms} ms`;
}
