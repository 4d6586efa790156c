import { z } from "zod";
import { problemKinds, problemType, type Refusal } from "../refusal.ts";
import { isBindable, isWrite, type Route } from "../route.ts";
import { problemSchema } from "../schema/problem.ts";

type Kind = Refusal["kind"];

/** Every operation has these: they are made before it, or instead of its answer. */
export const OF_ALL: readonly Kind[] = [
  "rate-limited",
  "address-not-allowed",
  "bad-host",
  "invalid",
  "unavailable",
  "unexpected",
];
const OF_PERMISSIONS: readonly Kind[] = ["forbidden", "step-up"];
const OF_BODIES: readonly Kind[] = ["not-json", "too-large", "too-slow", "malformed"];
const OF_WRITES: readonly Kind[] = ["bad-idempotency-key", "key-reused", "key-in-use", "answer-not-kept"];
const OF_BINDABLE: readonly Kind[] = ["bad-precondition", "stale", "out-of-scope"];

/** The refusals that an operation may answer with. */
function kindsOf(route: Route): readonly Kind[] {
  const { permission, method } = route;
  return [
    ...OF_ALL,
    ...(permission === "anyone" ? [] : (["unauthenticated"] as const)),
    ...(permission === "anyone" || method === "GET" ? [] : (["forged"] as const)),
    ...(permission === "anyone" || permission === "oneself" ? [] : OF_PERMISSIONS),
    ...(route.stepUp ? (["person-needed"] as const) : []),
    ...(route.body === null ? [] : OF_BODIES),
    ...(isWrite(route) ? OF_WRITES : []),
    ...(isBindable(route) ? OF_BINDABLE : method === "GET" ? [] : (["unversioned"] as const)),
    ...(route.refusals ?? []),
  ];
}

/** The problems of an operation as OpenAPI's responses, by status. */
export function problemResponses(route: Route) {
  const kinds = [...new Set(kindsOf(route))];
  const statuses = [...new Set(kinds.map((kind) => problemKinds[kind].status))].sort((a, b) => a - b);
  return Object.fromEntries(
    statuses.map((status) => [status, toResponse(kinds.filter((kind) => problemKinds[kind].status === status))]),
  );
}

function toResponse(kinds: readonly Kind[]) {
  const known = z.object({ type: z.enum(kinds.map(problemType)) });
  return {
    description: kinds.map((kind) => problemKinds[kind].title).join(", or: "),
    content: {
      "application/problem+json": { schema: z.intersection(problemSchema, known) },
    },
  };
}
