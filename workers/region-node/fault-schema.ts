import { z } from "zod";
import type { Result } from "../../src/base/result.ts";
import type { Faults } from "./fault.ts";
import { readJsonBody } from "./json-body.ts";
import type { NodeRequest, Reply } from "./reply.ts";

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
export const readFaults = (request: NodeRequest): Promise<Result<Faults, Reply>> =>
  readJsonBody(request, faultsSchema, MAX_FAULT_BODY_BYTES, "fault-invalid");
