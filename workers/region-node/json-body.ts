import type { z } from "zod";
import { issueWords } from "../../src/base/issue-words.ts";
import { err, ok, type Result } from "../../src/base/result.ts";
import { readBody } from "./body.ts";
import { type NodeRequest, problem, type Reply } from "./reply.ts";

/** Reads a body as its schema has it; the error is the answer to give. `slug` ends the type of its problem. */
export async function readJsonBody<T>(
  request: NodeRequest,
  schema: z.ZodType<T>,
  maxBytes: number,
  slug: string,
): Promise<Result<T, Reply>> {
  const body = await readBody(request, maxBytes);
  if (!body.ok) return body;
  const value = parseJson(new TextDecoder().decode(body.value));
  if (!value.ok) return err(problem(400, slug, `not JSON: ${value.error}`));
  const parsed = schema.safeParse(value.value, { error: issueWords });
  if (parsed.success) return ok(parsed.data);
  const issues = parsed.error.issues.map((issue) => `${issue.path.join(".") || "body"}: ${issue.message}`);
  return err(problem(400, slug, issues.join("; ")));
}

function parseJson(text: string): Result<unknown, string> {
  try {
    return ok(JSON.parse(text));
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error));
  }
}
