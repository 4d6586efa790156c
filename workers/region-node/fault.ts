import { z } from "zod";
import { parseIp } from "../../src/base/ip.ts";
import { err, ok, type Result } from "../../src/base/result.ts";
import { readBody } from "./body.ts";
import { type NodeRequest, problem, type Reply } from "./reply.ts";

export const MAX_FAULT_LATENCY_MS = 60_000;
export const MAX_FAULT_BODY_BYTES = 65_536;

const latencySchema = z.number().min(0).max(MAX_FAULT_LATENCY_MS);

export const faultsSchema = z.strictObject({
  /** Added to every answer. */
  latencyMs: latencySchema.default(0),
  /** Added for requests that came by a colo (the header X-Novacron-Colo), beside `latencyMs`: its distance. */
  latencyMsByColo: z.record(z.string().regex(/^[A-Z]{3}$/, "expected three capitals"), latencySchema).default({}),
  /** The part of the service's answers that is 500; probes do not see it. */
  errorRate: z.number().min(0).max(1).default(0),
  /** Everything is 503, probes too. */
  down: z.boolean().default(false),
});
export type Faults = z.infer<typeof faultsSchema>;

export const noFaults: Faults = faultsSchema.parse({});

export function faultDelayMs(faults: Faults, colo: string | null): number {
  return faults.latencyMs + (faults.latencyMsByColo[colo ?? ""] ?? 0);
}

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

/** A proxy's loopback address says nothing about its client, so that the edge must not carry drills either. */
export function maySetFaults(request: NodeRequest, peer: string | undefined): boolean {
  const proxied = ["forwarded", "x-forwarded-for", "x-novacron-colo"].some(
    (name) => request.headers.get(name) !== null,
  );
  return !proxied && peer !== undefined && isLoopback(peer);
}

function isLoopback(address: string): boolean {
  const ip = parseIp(address);
  return ip?.family === 4 ? ip.word >>> 24 === 127 : ip?.text === "::1";
}

function parseJson(text: string): Result<unknown, string> {
  try {
    return ok(JSON.parse(text));
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error));
  }
}
