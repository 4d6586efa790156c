import type { Point } from "../../src/geo/distance.ts";
import { roundTripOf, serverTimeOf } from "../../src/routing/latency/sample.ts";
import type { Seen } from "../../src/routing/latency/track.ts";
import type { BackendEntry } from "../../src/table/snapshot.ts";

/** Between two requests of a series. */
const PACE_MS = 1000;
const TIMEOUT_MS = 2000;
/** At most, whatever is asked for: what goes on after a response has 30 s. */
const MAX_TIMES = 8;
/** An answer is read to its end, so that its connection can be used again; a longer one is not worth that. */
const MAX_BODY_BYTES = 16_384;

export interface MeasureDeps {
  readonly fetch: typeof fetch;
  readonly now: () => number;
  /** Resolves after so many milliseconds. */
  readonly sleep: (ms: number) => Promise<void>;
}

export interface Course {
  readonly colo: string;
  /** Where the colo stands, about. */
  readonly from: Point;
  readonly to: BackendEntry;
  /** Requests, of which the first opens the connection and gives no sample. */
  readonly times: number;
}

/**
 * Measures the road to a backend by asking for its health, once a second. A backend that does not answer ends the
 * series: that is for the health monitor to look into. Never throws.
 */
export async function measure(deps: MeasureDeps, { colo, from, to, times }: Course): Promise<Seen[]> {
  const seen: Seen[] = [];
  for (let i = 0; i < Math.min(times, MAX_TIMES); i++) {
    if (i > 0) await deps.sleep(PACE_MS);
    const timing = await time(deps, to, colo);
    if (timing === null) break;
    const ms = roundTripOf({ ...timing, timeoutMs: TIMEOUT_MS }, from, to.region.region);
    if (i > 0 && ms !== null) seen.push({ ms, at: deps.now() });
  }
  return seen;
}

/** One request; `null` when it has failed. Nothing of any client is in it, so that residency has no say. */
async function time({ fetch, now }: MeasureDeps, { backend }: BackendEntry, colo: string) {
  try {
    const startedAt = now();
    const response = await fetch(backend.url + backend.healthPath, {
      headers: { "User-Agent": "novacron-edge/1", "X-Novacron-Colo": colo },
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const elapsedMs = now() - startedAt;
    const serverMs = serverTimeOf(response.headers.get("server-timing"));
    await drain(response.body);
    return response.status < 500 ? { elapsedMs, serverMs } : null;
  } catch {
    return null;
  }
}

async function drain(body: ReadableStream<Uint8Array> | null): Promise<void> {
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength;
    // Leaving the loop cancels the rest.
    if (bytes > MAX_BODY_BYTES) return;
  }
}
