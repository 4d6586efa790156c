import { objectionTo } from "../../src/health/expectation.ts";
import type { Observation } from "../../src/health/hysteresis.ts";
import { MAX_PROBED_BODY_BYTES } from "../../src/table/probe.ts";
import { type Load, loadSchema } from "../../src/table/verdict.ts";
import { readAtMost } from "../read-at-most.ts";
import { openOnce } from "./connect.ts";
import type { Endpoint } from "./schema.ts";

/** The check and the request for the load each have this long, body included. */
const PROBE_TIMEOUT_MS = 2000;
const MAX_LOAD_BYTES = 4096;

/** Checks a backend once: its health decides, and its load is asked for only when it is well. Never throws. */
export async function probe(endpoint: Endpoint, vantage: string): Promise<Observation> {
  try {
    const { objection, latencyMs, detail } = await check(endpoint, vantage);
    if (objection !== null) return { outcome: { kind: "failure" }, detail: objection };
    return { outcome: { kind: "success", latencyMs, load: await readLoad(endpoint, vantage) }, detail };
  } catch (error) {
    return { outcome: { kind: "failure" }, detail: describe(error) };
  }
}

interface Check {
  /** What is wrong, in words; `null` when it is well. */
  readonly objection: string | null;
  readonly latencyMs: number;
  readonly detail: string;
}

/** Throws when there is no connection or no answer in time. */
async function check({ url, healthPath, probe }: Endpoint, vantage: string): Promise<Check> {
  const startedAt = Date.now();
  if (probe.kind === "tcp") {
    await openOnce(url, probe.port, AbortSignal.timeout(PROBE_TIMEOUT_MS));
    return { objection: null, latencyMs: Date.now() - startedAt, detail: "connected" };
  }
  const response = await get(url + healthPath, vantage);
  const latencyMs = Date.now() - startedAt;
  const { status } = response;
  const body = probe.body === null ? null : await readAtMost(response, MAX_PROBED_BODY_BYTES);
  if (probe.body === null) await response.body?.cancel();
  const header = (name: string) => response.headers.get(name);
  return { objection: objectionTo({ status, header, body }, probe), latencyMs, detail: `${status}` };
}
/** A node that cannot tell its load is no worse for it. */
async function readLoad({ url, loadPath }: Endpoint, vantage: string): Promise<Load | null> {
  if (loadPath === null) return null;
  try {
    const response = await get(url + loadPath, vantage);
    const text = await readAtMost(response, MAX_LOAD_BYTES);
    return (response.ok && text !== null && loadSchema.safeParse(JSON.parse(text)).data) || null;
  } catch {
    return null;
  }
}

function get(url: string, vantage: string): Promise<Response> {
  return fetch(url, {
    headers: { "User-Agent": "novacron-health/1", "X-Novacron-Vantage": vantage },
    redirect: "manual",
    cache: "no-store",
    signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
  });
}

/** The runtime's own words carry internal references, and differ between versions. */
function describe(error: unknown): string {
  const timedOut = error instanceof Error && (error.name === "TimeoutError" || error.name === "AbortError");
  return timedOut ? `timed out after ${PROBE_TIMEOUT_MS} ms` : "connection failed";
}
