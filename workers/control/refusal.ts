import type { Objection } from "../../durable-objects/routing-table/api.ts";
import { STEP_UP_SECONDS } from "../../src/auth/admission.ts";
import type { Permission } from "../../src/auth/permission.ts";
import { type FieldError, type Problem, problem } from "../problem.ts";
import { API_ROOT } from "./api-root.ts";

/** Why the control API did not do what was asked. Nothing has changed. */
export type Refusal =
  | { readonly kind: "unauthenticated" }
  | { readonly kind: "forbidden"; readonly permission: Permission }
  /** A second factor must be used first. */
  | { readonly kind: "step-up" }
  /** A machine asks for what needs a person with a second factor. */
  | { readonly kind: "person-needed" }
  /** Whatever was wrong with it. */
  | { readonly kind: "sign-in-refused" }
  /** A write with a cookie and without what only its own page knows. */
  | { readonly kind: "forged" }
  | { readonly kind: "address-not-allowed"; readonly address: string }
  /** Entities beyond the regions and services that the caller is for. */
  | { readonly kind: "out-of-scope"; readonly entities: readonly string[] }
  /** Nobody gives what they do not have. */
  | { readonly kind: "exceeds-grants" }
  | { readonly kind: "last-admin" }
  | { readonly kind: "bootstrapped" }
  | { readonly kind: "standard-role" }
  | { readonly kind: "role-in-use" }
  /** An allowlist without the address that it comes from. */
  | { readonly kind: "locks-out"; readonly address: string }
  | { readonly kind: "full"; readonly what: string }
  | { readonly kind: "no-such-route" }
  | { readonly kind: "wrong-method"; readonly allow: string }
  | { readonly kind: "absent"; readonly what: string }
  | { readonly kind: "exists"; readonly what: string }
  /** No id that an edge gives to a request. */
  | { readonly kind: "bad-request-id"; readonly text: string }
  /** No trace of the request is there, though it would be kept still. */
  | { readonly kind: "untraced"; readonly what: string }
  | { readonly kind: "expired"; readonly what: string }
  | { readonly kind: "not-json" }
  | { readonly kind: "too-large"; readonly maxBytes: number }
  | { readonly kind: "malformed"; readonly detail: string }
  | { readonly kind: "bad-precondition" }
  | { readonly kind: "bad-idempotency-key" }
  /** The key came with another write before. */
  | { readonly kind: "key-reused" }
  /** The write that came with the key first has not ended. */
  | { readonly kind: "key-in-use" }
  /** The write was carried out, and its answer was too long or too secret to be kept. */
  | { readonly kind: "answer-not-kept" }
  | { readonly kind: "stale"; readonly epoch: number }
  | { readonly kind: "invalid"; readonly errors: readonly FieldError[] }
  /** The table would not stand as proposed. */
  | { readonly kind: "objections"; readonly objections: readonly Objection[] }
  /** What is to go is still needed. */
  | { readonly kind: "in-use"; readonly objections: readonly Objection[] }
  | { readonly kind: "unavailable"; readonly what: string }
  /** This deployment cannot do it. */
  | { readonly kind: "not-configured"; readonly what: string }
  | { readonly kind: "unexpected" };

const MAX_DETAIL_CHARS = 1000;
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
    case "step-up":
      return {
        status: 401,
        type: "/problems/step-up",
        title: "A second factor is needed first",
        detail: `use one at ${API_ROOT}/sessions/step-up; it is good for ${STEP_UP_SECONDS / 60} minutes`,
        challenge: {
          kind: "second-factor",
          path: "/sessions/step-up",
          methods: ["code", "recoveryCode", "passkey"],
          maxAgeSeconds: STEP_UP_SECONDS,
        },
        // RFC 9470, section 3.
        headers: {
          "WWW-Authenticate": `Bearer realm="novacron", error="insufficient_user_authentication", max_age=${STEP_UP_SECONDS}`,
        },
      };
    case "person-needed":
      return {
        status: 403,
        type: "/problems/person-needed",
        title: "This needs a person with a second factor",
        detail: "sign in; tokens cannot do it",
      };
    case "sign-in-refused":
      return {
        status: 401,
        type: "/problems/sign-in-refused",
        title: "Name, password or second factor is wrong, or was tried too often",
        detail: "a code works once; after some failures, wait before each new try, up to 15 minutes",
        headers: { "WWW-Authenticate": 'Bearer realm="novacron"' },
      };
    case "forged":
      return {
        status: 403,
        type: "/problems/forged",
        title: "The session's X-CSRF-Token is missing or wrong",
      };
    case "address-not-allowed":
      return {
        status: 403,
        type: "/problems/address-not-allowed",
        title: "Not from this address",
        detail: refusal.address,
      };
    case "out-of-scope":
      return {
        status: 403,
        type: "/problems/out-of-scope",
        title: "Not permitted for all that would change",
        detail: refusal.entities.join(", ").slice(0, MAX_DETAIL_CHARS),
      };
    case "exceeds-grants":
      return {
        status: 403,
        type: "/problems/exceeds-grants",
        title: "Nobody can give more than they have, or change who has more",
      };
    case "last-admin":
      return { status: 409, type: "/problems/last-admin", title: "There would be no admin left" };
    case "bootstrapped":
      return { status: 409, type: "/problems/bootstrapped", title: "There is an admin already: sign in" };
    case "standard-role":
      return { status: 409, type: "/problems/standard-role", title: "A standard role cannot be changed" };
    case "role-in-use":
      return { status: 409, type: "/problems/role-in-use", title: "Somebody still has this role" };
    case "locks-out":
      return {
        status: 409,
        type: "/problems/locks-out",
        title: "This would lock you out",
        detail: `${refusal.address} is not on the list; force does it all the same`,
      };
    case "full":
      return { status: 409, type: "/problems/full", title: "There is no room for more", detail: refusal.what };
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
    case "bad-request-id":
      return {
        status: 400,
        type: "/problems/bad-request-id",
        title: "That is no request id",
        detail: `expected 32 hexadecimal digits, as in X-Request-Id: ${refusal.text}`,
      };
    case "untraced":
      return {
        status: 404,
        type: "/problems/untraced",
        title: "There is no trace of this request",
        detail: `${refusal.what}: it was not sampled, or is not there yet, or never came`,
      };
    case "expired":
      return {
        status: 410,
        type: "/problems/trace-expired",
        title: "The trace of this request is kept no longer",
        detail: refusal.what,
      };
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
        title: "The request was carried out before, and its answer was not kept",
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
    case "not-configured":
      return { status: 501, type: "/problems/not-configured", title: "Not set up here", detail: refusal.what };
    case "unexpected":
      return { status: 500, type: "/problems/unexpected", title: "Something went wrong here; it has been logged" };
  }
}
