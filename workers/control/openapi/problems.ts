import { z } from "zod";
import { problemKinds, problemType, type Refusal } from "../refusal.ts";
import type { Route } from "../route.ts";
import { problemSchema } from "../schema/problem.ts";

type Kind = Refusal["kind"];

/** Every operation has these: they are made before it, or instead of its answer. */
const OF_ALL: readonly Kind[] = [
  "unauthenticated",
  "rate-limited",
  "forbidden",
  "bad-precondition",
  "bad-idempotency-key",
  "invalid",
  "unavailable",
  "unexpected",
];
const OF_BODIES: readonly Kind[] = ["not-json", "too-large", "malformed"];
const OF_WRITES: readonly Kind[] = ["key-reused", "key-in-use", "answer-not-kept"];

/** The refusals that an operation may answer with. */
function kindsOf(route: Route): readonly Kind[] {
  const writes = isWrite(route);
  return [
    ...OF_ALL,
    ...(route.body === null ? [] : OF_BODIES),
    ...(writes ? OF_WRITES : []),
    ...(writes && route.versioned ? (["stale"] as const) : []),
    ...(route.refusals ?? []),
  ];
}

/** Whether an operation changes something, so that it is carried out once under its `Idempotency-Key`. */
export const isWrite = ({ permission }: Pick<Route, "permission">) => permission.endsWith(":write");

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
