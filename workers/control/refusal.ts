import type { Objection } from "../../durable-objects/routing-table/api.ts";
import { type FieldError, type Problem, problem } from "../problem.ts";
import type { Permission } from "./principal.ts";

/** Why the control API did not do what was asked. Nothing has changed. */
export type Refusal =
  | { readonly kind: "unauthenticated" }
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

export const statusOf = (refusal: Refusal): number => describe(refusal).status;

/** The answer to a refusal. */
export function refuse(refusal: Refusal, requestId: string): Response {
  return problem({ ...describe(refusal), requestId });
}

function describe(refusal: Refusal): Problem {
  switch (refusal.kind) {
    case "unauthenticated":
      return {
        status: 401,
        type: "/problems/unauthenticated",
        title: "A valid bearer token is needed",
        headers: { "WWW-Authenticate": 'Bearer realm="novacron"' },
      };
    case "forbidden":
      return {
        status: 403,
        type: "/problems/forbidden",
        title: "Not permitted",
        detail: `needs ${refusal.permission}`,
      };
    case "no-such-route":
      return { status: 404, type: "/problems/no-such-route", title: "There is nothing at this path" };
    case "wrong-method":
      return {
        status: 405,
        type: "/problems/wrong-method",
        title: "This path does not take this method",
        detail: `allowed: ${refusal.allow}`,
        headers: { Allow: refusal.allow },
      };
    case "absent":
      return { status: 404, type: "/problems/absent", title: "There is no such thing", detail: refusal.what };
    case "exists":
      return { status: 409, type: "/problems/exists", title: "It exists already", detail: refusal.what };
    case "not-json":
      return {
        status: 415,
        type: "/problems/not-json",
        title: "The body must be JSON",
        detail: "expected Content-Type application/json",
      };
    case "too-large":
      return {
        status: 413,
        type: "/problems/too-large",
        title: "The body is too large",
        detail: `at most ${refusal.maxBytes} bytes`,
      };
    case "malformed":
      return { status: 400, type: "/problems/malformed", title: "The body is not valid JSON", detail: refusal.detail };
    case "bad-precondition":
      return {
        status: 400,
        type: "/problems/bad-precondition",
        title: "If-Match cannot be read",
        detail: 'expected * or entity tags such as "17"',
      };
    case "bad-idempotency-key":
      return {
        status: 400,
        type: "/problems/bad-idempotency-key",
        title: "Idempotency-Key cannot be read",
        detail: "expected 1 to 255 printable characters without spaces",
      };
    case "key-reused":
      return {
        status: 422,
        type: "/problems/key-reused",
        title: "Another request came with this Idempotency-Key",
        detail: "a key stands for one request: same method, path, If-Match and body",
      };
    case "key-in-use":
      return {
        status: 409,
        type: "/problems/key-in-use",
        title: "The first request with this Idempotency-Key has not ended",
        headers: { "Retry-After": "1" },
      };
    case "answer-not-kept":
      return {
        status: 409,
        type: "/problems/answer-not-kept",
        title: "The request was carried out before, and its answer was too long to keep",
      };
    case "stale":
      return {
        status: 412,
        type: "/problems/stale",
        title: "The table has changed since",
        detail: `its epoch is ${refusal.epoch}`,
      };
    case "invalid":
      return { status: 422, type: "/problems/invalid", title: "Some fields are wrong", errors: refusal.errors };
    case "objections":
      return {
        status: 422,
        type: "/problems/objections",
        title: "The table would not stand as proposed",
        errors: refusal.objections,
      };
    case "in-use":
      return { status: 409, type: "/problems/in-use", title: "It is still needed", errors: refusal.objections };
    case "unavailable":
      return {
        status: 503,
        type: "/problems/unavailable",
        title: "Part of the system cannot be reached",
        detail: refusal.what,
        headers: { "Retry-After": "1" },
      };
    case "unexpected":
      return { status: 500, type: "/problems/unexpected", title: "Something went wrong here; it has been logged" };
  }
}
