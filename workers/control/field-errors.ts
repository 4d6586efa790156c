import type { z } from "zod";
import { issueWords } from "../../src/base/issue-words.ts";
import { err, ok, type Result } from "../../src/base/result.ts";
import { pointer } from "../../src/table/change.ts";
import type { FieldError } from "../problem.ts";
import type { Refusal } from "./refusal.ts";

export const MAX_FIELD_ERRORS = 100;

/** The value as its schema has it, or each field that is wrong. */
export function validate<T>(schema: z.ZodType<T>, value: unknown): Result<T, Refusal> {
  const parsed = schema.safeParse(value, { error: issueWords });
  return parsed.success ? ok(parsed.data) : invalid(parsed.error.issues.flatMap((issue) => describe(issue, pointer)));
}

/** The query as its schema has it. A parameter given twice is refused. */
export function validateQuery<T>(schema: z.ZodType<T>, query: URLSearchParams): Result<T, Refusal> {
  const repeated = [...new Set(query.keys())].filter((name) => query.getAll(name).length > 1);
  if (repeated.length > 0) return invalid(repeated.map((name) => ({ path: `?${name}`, detail: "given twice" })));
  const parsed = schema.safeParse(Object.fromEntries(query), { error: issueWords });
  if (parsed.success) return ok(parsed.data);
  return invalid(parsed.error.issues.flatMap((issue) => describe(issue, (path) => `?${path.join(".")}`)));
}

export const invalid = (errors: readonly FieldError[]) =>
  err({ kind: "invalid", errors: errors.slice(0, MAX_FIELD_ERRORS) } satisfies Refusal);

function describe(issue: z.core.$ZodIssue, place: (path: readonly PropertyKey[]) => string): FieldError[] {
  // zod names unknown fields in one issue on their parent; each of them is an error of its own here.
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({ path: place([...issue.path, key]), detail: "unknown field" }));
  return [{ path: place(issue.path), detail: issue.message }];
}
