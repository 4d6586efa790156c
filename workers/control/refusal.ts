import type { Objection } from "../../durable-objects/routing-table/api.ts";
import type { AuditPrincipal } from "../../src/audit/entry.ts";
import { STEP_UP_SECONDS } from "../../src/auth/admission.ts";
import type { Permission } from "../../src/auth/permission.ts";
import type { Sparing } from "../../src/shield/ban/spared.ts";
import { sparedInWords } from "../../src/shield/ban/words.ts";
import { type FieldError, type Problem, problem } from "../problem.ts";
import { API_ROOT } from "./api-root.ts";

/** Why the control API did not do what was asked. Nothing has changed. */
export type Refusal =
  | { readonly kind: "unauthenticated" }
  | { readonly kind: "rate-limited"; readonly retryAfterSeconds: number }
  | { readonly kind: "forbidden"; readonly permission: Permission }
  /** A second factor must be used first. */
  | { readonly kind: "step-up" }
  /** A machine asks for what needs a person with a second factor. */
  | { readonly kind: "person-needed" }
  /** Whatever was wrong with it. */
  | { readonly kind: "sign-in-refused" }
  /** A write by what a browser sends by itself, of `by`, and not from a page of ours. */
  | { readonly kind: "forged"; readonly by: AuditPrincipal }
  /** `by` is `null` where nobody may come from there. */
  | { readonly kind: "address-not-allowed"; readonly address: string; readonly by: AuditPrincipal | null }
  /** Entities beyond the regions and services that the caller is for. */
  | { readonly kind: "out-of-scope"; readonly entities: readonly string[] }
  /** Nobody gives what they do not have. */
  | { readonly kind: "exceeds-grants" }
  | { readonly kind: "last-admin" }
  | { readonly kind: "last-factor" }
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
  /** No trace of the request is there, though it would be kept still. So many of its time were left out. */
  | { readonly kind: "untraced"; readonly what: string; readonly omitted: number }
  | { readonly kind: "trace-expired"; readonly what: string }
  | { readonly kind: "not-json" }
  | { readonly kind: "too-large"; readonly maxBytes: number }
  | { readonly kind: "too-slow"; readonly maxSeconds: number }
  | { readonly kind: "malformed"; readonly detail: string }
  /** With its path it makes no URL. */
  | { readonly kind: "bad-host" }
  | { readonly kind: "bad-precondition" }
  /** What was asked has no entity tag that `If-Match` could name. */
  | { readonly kind: "unversioned" }
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
  /** The traffic of a region cannot be moved as it was asked, or at all. */
  | { readonly kind: "no-failover-target"; readonly detail: string }
  /** Another failover has the region. */
  | { readonly kind: "failover-in-progress"; readonly id: string }
  | { readonly kind: "not-failed-over"; readonly status: string }
  /** A ban that would meet whoever asks for it. */
  | { readonly kind: "own-address"; readonly address: string; readonly cidr: string }
  /** A ban of a network that is hardly meant. */
  | { readonly kind: "too-wide"; readonly cidr: string; readonly shortest: number }
  /** A ban of a network that a verified bot has, or has a part of; `hint`: how it can be made all the same. */
  | { readonly kind: "verified-bot"; readonly bot: Sparing; readonly hint: string }
  /** Somebody has answered a proposal, or it is settled without an answer. */
  | { readonly kind: "proposal-settled"; readonly settlement: string }
  /** A ban of what the allowlist holds. */
  | { readonly kind: "allowlisted"; readonly entry: string }
  | { readonly kind: "unavailable"; readonly what: string }
  /** A zone's keys are in the midst of something else. */
  | { readonly kind: "keys-refused"; readonly detail: string }
  /** This deployment cannot do it. */
  | { readonly kind: "not-configured"; readonly what: string }
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
  "step-up": { status: 401, title: "A second factor is needed first" },
  "person-needed": { status: 403, title: "This needs a person with a second factor" },
  "sign-in-refused": {
    status: 401,
    title: "Name, password or second factor is wrong, or was tried too often",
  },
  forged: { status: 403, title: "Not sent by a page of the control plane" },
  "address-not-allowed": { status: 403, title: "Not from this address" },
  "out-of-scope": { status: 403, title: "Not permitted for all that would change" },
  "exceeds-grants": { status: 403, title: "Nobody can give more than they have, or change who has more" },
  "last-admin": { status: 409, title: "There would be no admin left" },
  "last-factor": { status: 409, title: "There would be no second factor left" },
  bootstrapped: { status: 409, title: "There is an admin already: sign in" },
  "standard-role": { status: 409, title: "A standard role cannot be changed" },
  "role-in-use": { status: 409, title: "Somebody still has this role" },
  "locks-out": { status: 409, title: "This would lock you out" },
  full: { status: 409, title: "There is no room for more" },
  "no-such-route": { status: 404, title: "There is nothing at this path" },
  "wrong-method": { status: 405, title: "This path does not take this method" },
  absent: { status: 404, title: "There is no such thing" },
  exists: { status: 409, title: "It exists already" },
  "bad-request-id": { status: 400, title: "That is no request id" },
  untraced: { status: 404, title: "There is no trace of this request" },
  "trace-expired": { status: 410, title: "The trace of this request is kept no longer" },
  "not-json": { status: 415, title: "The body must be JSON" },
  "too-large": { status: 413, title: "The body is too large" },
  "too-slow": { status: 408, title: "The body took too long" },
  "bad-host": { status: 400, title: "Host cannot be read" },
  malformed: { status: 400, title: "The body is not valid JSON" },
  "bad-precondition": { status: 400, title: "If-Match cannot be read" },
  unversioned: { status: 412, title: "This has no entity tag for If-Match to name" },
  "bad-idempotency-key": { status: 400, title: "Idempotency-Key cannot be read" },
  "key-reused": { status: 422, title: "Another request came with this Idempotency-Key" },
  "key-in-use": { status: 409, title: "The first request with this Idempotency-Key has not ended" },
  "answer-not-kept": { status: 409, title: "The request was carried out before, and its answer was not kept" },
  stale: { status: 412, title: "The table has changed since" },
  invalid: { status: 422, title: "Some fields are wrong" },
  objections: { status: 422, title: "The table would not stand as proposed" },
  "in-use": { status: 409, title: "It is still needed" },
  "no-failover-target": { status: 422, title: "The traffic cannot be moved" },
  "failover-in-progress": { status: 409, title: "The region is being failed over, or is so already" },
  "not-failed-over": { status: 409, title: "The region is not failed over" },
  "own-address": { status: 409, title: "This would ban your own address" },
  "too-wide": { status: 409, title: "This would ban very many addresses" },
  "verified-bot": { status: 409, title: "This would ban a verified bot" },
  "proposal-settled": { status: 409, title: "The proposal waits for nobody any more" },
  allowlisted: { status: 409, title: "It is on the allowlist, or holds what is" },
  unavailable: { status: 503, title: "Part of the system cannot be reached" },
  "keys-refused": { status: 409, title: "The keys of the zone cannot be changed so now" },
  "not-configured": { status: 501, title: "Not set up here" },
  unexpected: { status: 500, title: "Something went wrong here; it has been logged" },
};

const MAX_DETAIL_CHARS = 1000;

export const isProblemKind = (kind: string): kind is Refusal["kind"] => Object.hasOwn(problemKinds, kind);

export const problemType = (kind: Refusal["kind"]) => `/problems/${kind}`;

/** The answer to a refusal. */
export function refuse(refusal: Refusal, requestId: string): Response {
  const { status, title } = problemKinds[refusal.kind];
  return problem({ status, type: problemType(refusal.kind), title, ...particulars(refusal), requestId });
}

export const statusOf = ({ kind }: Refusal): number => problemKinds[kind].status;

/** What is true of this one. */
function particulars(refusal: Refusal): Pick<Problem, "detail" | "errors" | "challenge" | "headers"> {
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
    case "step-up":
      return {
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
      return { detail: "sign in; tokens cannot do it" };
    case "sign-in-refused":
      return {
        detail: "a code works once; after some failures, wait before each new try, up to 15 minutes",
        headers: { "WWW-Authenticate": 'Bearer realm="novacron"' },
      };
    case "forged":
      return { detail: "with a session's cookie, writes need its X-CSRF-Token" };
    case "address-not-allowed":
      return { detail: refusal.address };
    case "out-of-scope":
      return { detail: refusal.entities.join(", ").slice(0, MAX_DETAIL_CHARS) };
    case "locks-out":
      return { detail: `${refusal.address} is not on the list; force does it all the same` };
    case "own-address":
      return { detail: `${refusal.address} is in ${refusal.cidr}; force does it all the same` };
    case "too-wide":
      return { detail: `${refusal.cidr} is wider than a /${refusal.shortest}; force does it all the same` };
    case "verified-bot":
      return { detail: `${sparedInWords(refusal.bot)}; ${refusal.hint}` };
    case "proposal-settled":
      return { detail: refusal.settlement };
    case "allowlisted":
      return { detail: `by ${refusal.entry}` };
    case "wrong-method":
      return { detail: `allowed: ${refusal.allow}`, headers: { Allow: refusal.allow } };
    case "absent":
    case "exists":
    case "full":
    case "trace-expired":
    case "not-configured":
      return { detail: refusal.what };
    case "bad-request-id":
      return { detail: `expected 32 hexadecimal digits, as in X-Request-Id: ${refusal.text}` };
    case "untraced":
      return { detail: `${refusal.what}: ${untracedWords(refusal.omitted)}` };
    case "not-json":
      return { detail: "expected Content-Type application/json" };
    case "too-large":
      return { detail: `at most ${refusal.maxBytes} bytes` };
    case "too-slow":
      return { detail: `at most ${refusal.maxSeconds} s` };
    case "malformed":
    case "no-failover-target":
    case "keys-refused":
      return { detail: refusal.detail };
    case "failover-in-progress":
      return { detail: `failovers/${refusal.id}` };
    case "not-failed-over":
      return { detail: `the failover is ${refusal.status}` };
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
    case "exceeds-grants":
    case "last-admin":
    case "last-factor":
    case "bootstrapped":
    case "standard-role":
    case "role-in-use":
    case "no-such-route":
    case "answer-not-kept":
    case "bad-host":
    case "unversioned":
    case "unexpected":
      return {};
  }
}

function untracedWords(omitted: number): string {
  const others = "it was not sampled, or is not there yet, or never came";
  if (omitted === 0) return others;
  return `it may be one of ${omitted} that were left out there in that minute, as too many came at a time; or ${others}`;
}
