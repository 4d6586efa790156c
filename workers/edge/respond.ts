import { MAX_HEADERS_LENGTH, prepareResponseHeaders } from "../../src/proxy/headers.ts";
import { EDGE_NAME, MAX_URL_LENGTH } from "../../src/request/facts.ts";
import type { NoneHealthy } from "../../src/routing/decide.ts";
import type { Background } from "../background.ts";
import { type Problem, problem } from "../problem.ts";
import type { Page } from "./challenge/challenges.ts";
import { flawProblems } from "./challenge/flaws.ts";
import type { Cleared } from "./challenge/redemption.ts";
import type { Edge } from "./edge.ts";
import { followBody, lengthOf } from "./follow-body.ts";
import type { FailedTry, Forwarded, ForwardFailed } from "./forward.ts";
import type { Limited } from "./limits.ts";
import type { Occupancy } from "./occupancy.ts";
import type { Outcome } from "./outcome.ts";
import type { Shed, Shortage } from "./shaper.ts";
import { throttleBody } from "./throttle.ts";

interface Ending {
  readonly requestId: string;
  /** Unix milliseconds. */
  readonly startedAt: number;
  readonly occupancy: Occupancy | null;
}

/** Turns the outcome of a request into its response. What the request holds is held until that has gone. */
export function respond(
  edge: Edge,
  outcome: Outcome,
  ending: Ending,
  background: Background,
): Response | Promise<Response> {
  if (outcome.kind === "forwarded") return respondForwarded(edge, outcome, ending, background);
  ending.occupancy?.end();
  const { requestId, startedAt } = ending;
  const ms = edge.now() - startedAt;
  const own = { "X-Request-Id": requestId, "Server-Timing": `edge;dur=${ms}`, "Cache-Control": "no-store" };
  if (outcome.kind === "cleared")
    return new Response(null, { status: 204, headers: { ...own, "Set-Cookie": outcome.cookie } });
  if (outcome.kind === "challenged" && outcome.page !== null) return respondPage(outcome.page, own);
  const { headers, ...refusal } = refusalOf(outcome);
  return problem({ ...refusal, requestId, headers: { ...headers, ...own } });
}

/** The status of the same answer to a program: crawlers come again later, and drop nothing. */
function respondPage({ html, policy }: Page, own: Readonly<Record<string, string>>): Response {
  return new Response(html, {
    status: 429,
    headers: {
      ...own,
      "Content-Type": "text/html; charset=utf-8",
      "Content-Security-Policy": policy,
      "X-Content-Type-Options": "nosniff",
      "X-Frame-Options": "DENY",
      "Referrer-Policy": "same-origin",
      "Retry-After": CHALLENGE_RETRY_AFTER_SECONDS,
    },
  });
}

/** An attack takes minutes, and who cannot solve a challenge has to wait for its end. */
const CHALLENGE_RETRY_AFTER_SECONDS = "60";

function respondForwarded(
  edge: Edge,
  outcome: Forwarded,
  { requestId, startedAt, occupancy }: Ending,
  background: Background,
): Response | Promise<Response> {
  const { response: original, entry, chosen, request, backendMs, failures } = outcome;
  const now = edge.now();
  // A WebSocket holds nothing from here on: its socket is passed to the client, and nobody tells when it ends.
  if (outcome.status === 101) occupancy?.end();
  // Its response cannot carry a body, and keeps its socket only when it is passed on by name.
  const response =
    outcome.status === 101
      ? new Response(null, { status: 101, webSocket: original.webSocket, headers: original.headers })
      : new Response(bodyOf(edge, outcome, occupancy, background), original);
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

function bodyOf(
  edge: Edge,
  { response, request, priority }: Forwarded,
  occupancy: Occupancy | null,
  background: Background,
): ReadableStream | null {
  const body = occupancy === null ? response.body : followBody(response, occupancy, background);
  const { bulkBytesPerSecond } = request.service.service.shaping;
  if (bulkBytesPerSecond === null || priority !== "bulk" || body === null) return body;
  return throttleBody(body, lengthOf(response), bulkBytesPerSecond, edge);
}

type Refusal = Omit<Problem, "requestId">;

function refusalOf(outcome: Exclude<Outcome, Forwarded | Cleared>): Refusal {
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
    case "limited":
      return tooMany(outcome);
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
    case "body-too-large":
      return {
        status: 413,
        type: "/problems/body-too-large",
        title: "Request body too large",
        detail: `At most ${outcome.maxBytes} bytes are taken.`,
      };
    case "too-many-waiting":
      return {
        status: 429,
        type: "/problems/too-many-waiting",
        title: "Too many requests at once",
        detail: `The client has ${outcome.most} requests in progress, and may not have more.`,
        headers: { "Retry-After": "1" },
      };
    case "mitigated":
      return {
        status: 403,
        type: "/problems/mitigated",
        title: "Kept out",
        detail:
          outcome.attack === null
            ? "The service is closed for the moment, by the word of those who run it."
            : "The service is under attack, and this request is like those of the attack.",
      };
    case "throttled":
      return {
        status: 429,
        type: "/problems/throttled",
        title: "Too many requests",
        detail:
          outcome.attack === null
            ? "The service takes fewer requests of each client for the moment."
            : "The service is under attack, and few requests that are like those of the attack are let through.",
        headers: { "Retry-After": String(Math.max(1, Math.ceil(outcome.retryAfterMs / 1000))) },
      };
    case "challenged":
      return {
        status: 429,
        type: "/problems/challenge-required",
        title: "Challenge required",
        detail: "This client must meet a challenge first: a puzzle for a browser that opens a page of the service.",
        headers: { "Retry-After": CHALLENGE_RETRY_AFTER_SECONDS },
      };
    case "challenge-failed":
      return flawProblems[outcome.reason];
    case "forward-failed":
      return failedTries(outcome);
  }
}

/** With the fields of draft-ietf-httpapi-ratelimit-headers-10, sections 3 and 4: the quota of a window, and what is left. */
function tooMany(limited: Limited): Refusal {
  const { limit } = limited;
  const seconds = Math.max(1, Math.ceil(limited.retryAfterMs / 1000));
  const { requests, windowSeconds } = quotaOf(limited);
  return {
    status: 429,
    type: "/problems/rate-limited",
    title: "Too many requests",
    detail: `The limit ${limit} is ${requests} in ${windowSeconds} s; come again in ${seconds} s.`,
    headers: {
      "Retry-After": String(seconds),
      "RateLimit-Policy": `"${limit}";q=${requests};w=${windowSeconds}`,
      RateLimit: `"${limit}";r=0;t=${seconds}`,
    },
  };
}

/** Whole requests, each of what it costs: one at least, in as long as its tokens take to come. */
function quotaOf({ rate, periodSeconds, cost }: Limited): {
  readonly requests: number;
  readonly windowSeconds: number;
} {
  if (cost > rate) return { requests: 1, windowSeconds: Math.ceil((periodSeconds * cost) / rate) };
  return { requests: Math.floor(rate / cost), windowSeconds: periodSeconds };
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
  "backend-concurrency": "the backends have as many requests in progress as they may",
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
