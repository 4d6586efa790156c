import type { Objection } from "../../durable-objects/routing-table/api.ts";
import { type FieldError, type Problem, problem } from "../problem.ts";
import type { Permission } from "./principal.ts";

/** Why the control API did not do what was asked. Nothing has changed. */
export type Refusal =
  | { readonly kind: "unauthenticated" }
  | { readonly kind: "rate-limited"; readonly retryAfterSeconds: number }
  | { readonly kind: "forbidden"; readonly permission: Permission }
  | { readonly kind: "no-such-route" }
  | { readonly kind: "wrong-method"; readonly allow: string }
  | { readonly kind: "absent"; readonly what: string }
  | { readonly kind: "exists"; readonly what: string }
  | { readonly kind: "not-json" }
  | { readonly kind: "too-large"; readonly maxBytes: number }
  | { readonly kind: "malformed"; readonly detail: string }
  | { readonly kind: "bad-precondition" }
  | { readonly kind: "bad-idempotency-key" }
  /** The key came with another write before. */
  | { readonly kind: "key-reused" }
  /** The write that came with the key first has not ended. */
  | { readonly kind: "key-in-use" }
  /** The write was carried out, and its answer was too long to be kept. */
  | { readonly kind: "answer-not-kept" }
  | { readonly kind: "stale"; readonly epoch: number }
  | { readonly kind: "invalid"; readonly errors: readonly FieldError[] }
  /** The table would not stand as proposed. */
  | { readonly kind: "objections"; readonly objections: readonly Objection[] }
  /** What is to go is still needed. */
  | { readonly kind: "in-use"; readonly objections: readonly Objection[] }
  | { readonly kind: "unavailable"; readonly what: string }
  | { readonly kind: "unexpected" };

interface ProblemKind {
  readonly status: number;
  readonly title: string;
}

/** What is true of each kind of refusal. Its type is `/problems/` and the kind. */
export const problemKinds: Readonly<Record<Refusal["kind"], ProblemKind>> = {
  unauthenticated: { status: 401, title: "A valid bearer token is needed" },
  "rate-limited": { status: 429, title: "Too many requests" },
  forbidden: { status: 403, title: "Not permitted" },
  "no-such-route": { status: 404, title: "There is nothing at this path" },
  "wrong-method": { status: 405, title: "This path does not take this method" },
  absent: { status: 404, title: "There is no such thing" },
  exists: { status: 409, title: "It exists already" },
  "not-json": { status: 415, title: "The body must be JSON" },
  "too-large": { status: 413, title: "The body is too large" },
  malformed: { status: 400, title: "The body is not valid JSON" },
  "bad-precondition": { status: 400, title: "If-Match cannot be read" },
  "bad-idempotency-key": { status: 400, title: "Idempotency-Key cannot be read" },
  "key-reused": { status: 422, title: "Another request came with this Idempotency-Key" },
  "key-in-use": { status: 409, title: "The first request with this Idempotency-Key has not ended" },
  "answer-not-kept": {
    status: 409,
    title: "The request was carried out before, and its answer was too long to keep",
  },
  stale: { status: 412, title: "The table has changed since" },
  invalid: { status: 422, title: "Some fields are wrong" },
  objections: { status: 422, title: "The table would not stand as proposed" },
  "in-use": { status: 409, title: "It is still needed" },
  unavailable: { status: 503, title: "Part of the system cannot be reached" },
  unexpected: { status: 500, title: "Something went wrong here; it has been logged" },
};

export const problemType = (kind: Refusal["kind"]) => `/problems/${kind}`;

/** The answer to a refusal. */
export function refuse(refusal: Refusal, requestId: string): Response {
  const { status, title } = problemKinds[refusal.kind];
  return problem({ status, type: problemType(refusal.kind), title, ...particulars(refusal), requestId });
}

/** What is true of this one. */
function particulars(refusal: Refusal): Pick<Problem, "detail" | "errors" | "headers"> {
  switch (refusal.kind) {
    case "unauthenticated":
      return { headers: { "WWW-Authenticate": 'Bearer realm="novacron"' } };
    case "rate-limited":
      return {
        detail: `try again in ${refusal.retryAfterSeconds} s`,
        headers: { "Retry-After": String(refusal.retryAfterSeconds) },
      };
    case "forbidden":
      return { detail: `needs ${refusal.permission}` };
    case "wrong-method":
      return { detail: `allowed: ${refusal.allow}`, headers: { Allow: refusal.allow } };
    case "absent":
    case "exists":
      return { detail: refusal.what };
    case "not-json":
      return { detail: "expected Content-Type application/json" };
    case "too-large":
      return { detail: `at most ${refusal.maxBytes} bytes` };
    case "malformed":
      return { detail: refusal.detail };
    case "bad-precondition":
      return { detail: 'expected * or entity tags such as "17"' };
    case "bad-idempotency-key":
      return { detail: "expected 1 to 255 printable characters without spaces" };
    case "key-reused":
      return { detail: "a key stands for one request: same method, path, If-Match and body" };
    case "key-in-use":
      return { headers: { "Retry-After": "1" } };
    case "stale":
      return { detail: `its epoch is ${refusal.epoch}` };
    case "invalid":
      return { errors: refusal.errors };
    case "objections":
    case "in-use":
      return { errors: refusal.objections };
    case "unavailable":
      return { detail: refusal.what, headers: { "Retry-After": "1" } };
    case "no-such-route":
    case "answer-not-kept":
    case "unexpected":
      return {};
  }
}
