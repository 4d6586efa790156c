import type { z } from "zod";
import { issueWords } from "../../src/base/issue-words.ts";
import { err, ok, type Result } from "../../src/base/result.ts";
import { problemSchema } from "../../workers/control/schema/problem.ts";
import type { Failure } from "./failure.ts";

/** Of an answer without a body. */
export type ReplySchema<T> = z.ZodType<T> | null;

/** What the control plane has answered, as the schema of its API has it; `null` expects nothing. */
export async function readReply<T>(
  response: Response,
  url: string,
  schema: ReplySchema<T>,
): Promise<Result<T, Failure>> {
  const { status } = response;
  const type = response.headers.get("Content-Type") ?? "";
  const value = parseJson(await response.text());
  if (status === 204 && schema === null) return ok(undefined as T);
  // What may be `null` may come without a body.
  if (status === 204 && schema?.safeParse(null).success) return ok(null as T);
  if (response.ok && type.startsWith("application/json") && schema !== null) {
    const reply = schema.safeParse(value, { error: issueWords });
    // As it came, in its own order. A newer control plane may say more than is known here.
    if (reply.success || isMoreOnly(reply.error.issues)) return ok(value as T);
    return err({ kind: "bad-reply", url, status, detail: describe(reply.error.issues[0]) });
  }
  const problem = type.startsWith("application/problem+json") ? problemSchema.safeParse(value) : null;
  if (problem?.success) return err({ kind: "refused", problem: problem.data });
  return err({ kind: "bad-reply", url, status, detail: null });
}

/** Whether unknown fields are all that is wrong. */
const isMoreOnly = (issues: readonly z.core.$ZodIssue[]): boolean =>
  issues.every(
    (issue) => issue.code === "unrecognized_keys" || (issue.code === "invalid_union" && issue.errors.some(isMoreOnly)),
  );

const describe = (issue: z.core.$ZodIssue | undefined): string | null =>
  issue === undefined ? null : `/${issue.path.join("/")}: ${issue.message}`;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
