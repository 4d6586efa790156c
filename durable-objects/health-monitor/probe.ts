import type { Observation } from "../../src/health/hysteresis.ts";
import { type Load, loadSchema } from "../../src/table/verdict.ts";
import { readAtMost } from "../read-at-most.ts";
import type { Endpoint } from "./schema.ts";

/** Each of the two requests of a check has this long, body included. */
const PROBE_TIMEOUT_MS = 2000;
const MAX_LOAD_BYTES = 4096;

/** Checks a backend once: its health decides, and its load is asked for only when it is well. Never throws. */
export async function probe(endpoint: Endpoint, vantage: string): Promise<Observation> {
  const startedAt = Date.now();
  try {
    const response = await get(endpoint.url + endpoint.healthPath, vantage);
    const latencyMs = Date.now() - startedAt;
    const detail = `${response.status}`;
    await response.body?.cancel();
    if (!response.ok) return { outcome: { kind: "failure" }, detail };
    return { outcome: { kind: "success", latencyMs, load: await readLoad(endpoint, vantage) }, detail };
  } catch (error) {
    return { outcome: { kind: "failure" }, detail: describe(error) };
  }
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
