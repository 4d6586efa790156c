import { z } from "zod";
import { err, ok, type Result } from "../../src/base/result.ts";
import { readBody } from "./body.ts";
import type { Faults } from "./fault.ts";
import { type NodeRequest, problem, type Reply } from "./reply.ts";

export const MAX_FAULT_LATENCY_MS = 60_000;
export const MAX_FAULT_BODY_BYTES = 65_536;

const latencySchema = z.number().min(0).max(MAX_FAULT_LATENCY_MS);

const faultsSchema = z.strictObject({
  latencyMs: latencySchema.default(0),
  latencyMsByColo: z.record(z.string().regex(/^[A-Z]{3}$/, "expected three capitals"), latencySchema).default({}),
  errorRate: z.number().min(0).max(1).default(0),
  down: z.boolean().default(false),
}) satisfies z.ZodType<Faults>;

/** Reads the faults to set from now on; what the body does not name is off. The error is the answer to give. */
export async function readFaults(request: NodeRequest): Promise<Result<Faults, Reply>> {
  const body = await readBody(request, MAX_FAULT_BODY_BYTES);
  if (!body.ok) return body;
  const value = parseJson(new TextDecoder().decode(body.value));
  if (!value.ok) return err(problem(400, "fault-invalid", `not JSON: ${value.error}`));
  const faults = faultsSchema.safeParse(value.value);
  if (faults.success) return ok(faults.data);
  const issues = faults.error.issues.map((issue) => `${issue.path.join(".") || "body"}: ${issue.message}`);
  return err(problem(400, "fault-invalid", issues.join("; ")));
}

function parseJson(text: string): Result<unknown, string> {
  try {
    return ok(JSON.parse(text));
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error));
  }
}
