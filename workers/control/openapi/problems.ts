import { z } from "zod";
import { problemKinds, problemType, type Refusal } from "../refusal.ts";
import { isBindable, isWrite, type Route } from "../route.ts";
import { problemSchema } from "../schema/problem.ts";

type Kind = Refusal["kind"];

/** Every operation has these: they are made before it, or instead of its answer. */
const OF_ALL: readonly Kind[] = [
  "rate-limited",
  "address-not-allowed",
  "bad-host",
  "bad-precondition",
  "bad-idempotency-key",
  "invalid",
  "unavailable",
  "unexpected",
];
/** What is not for anyone. */
const OF_THE_KNOWN: readonly Kind[] = ["unauthenticated", "forged"];
const OF_PERMISSIONS: readonly Kind[] = ["forbidden", "step-up"];
const OF_BODIES: readonly Kind[] = ["not-json", "too-large", "too-slow", "malformed"];
const OF_WRITES: readonly Kind[] = ["key-reused", "key-in-use", "answer-not-kept"];
const OF_TABLE_WRITES: readonly Kind[] = ["stale", "out-of-scope"];

/** The refusals that an operation may answer with. */
function kindsOf(route: Route): readonly Kind[] {
  const { permission } = route;
  const writes = isWrite(route);
  return [
    ...OF_ALL,
    ...(permission === "anyone" ? [] : OF_THE_KNOWN),
    ...(permission === "anyone" || permission === "oneself" ? [] : OF_PERMISSIONS),
    ...(route.stepUp ? (["person-needed"] as const) : []),
    ...(route.body === null ? [] : OF_BODIES),
    ...(isBindable(route) ? [] : (["unversioned"] as const)),
    ...(writes ? OF_WRITES : []),
    ...(writes && route.versioned ? OF_TABLE_WRITES : []),
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
