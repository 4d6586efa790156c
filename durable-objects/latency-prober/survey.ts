import { err, type Result } from "../../src/base/result.ts";
import type { ProbeEnd } from "../../src/latency-matrix/probe-end.ts";
import {
  DEFAULT_PROBE_TIMEOUT_MS,
  type ProbeReply,
  type ProbeRequest,
  probeRequestSchema,
} from "../../src/latency-matrix/probe-message.ts";
import type { Series } from "../../src/latency-matrix/series.ts";
import { askNode } from "./ask-node.ts";

/** Workers allow six connections that wait for headers; a seventh would spend its timeout in the queue. */
const MAX_CONCURRENT_ASKS = 6;
/** A node begins no request after 6 s, and the last one has its own timeout. */
const ASK_TIMEOUT_MS = 8000;
const NOT_REACHED = "not reached in time";

/** What one node is to measure: at most `MAX_PROBE_TARGETS` ways. */
export interface Errand {
  readonly source: ProbeEnd;
  readonly targets: readonly ProbeEnd[];
}

/** What came of one way of an errand: the requests that were made, and why there are none or some were lost. */
export interface Finding {
  readonly source: string;
  readonly target: string;
  readonly series: Series | null;
  readonly error: string | null;
}

/** Sends nodes on their errands, a few at a time and in order, until the time is up. Never throws. */
export async function survey(
  errands: readonly Errand[],
  token: string,
  count: number,
  budgetMs: number,
): Promise<Finding[]> {
  const deadline = Date.now() + budgetMs;
  const findings: Finding[][] = [];
  const queue = errands.entries();
  const drain = async () => {
    for (const [i, errand] of queue) {
      const leftMs = Math.min(deadline - Date.now(), ASK_TIMEOUT_MS);
      const reply =
        leftMs > 0 ? await askNode(errand.source, token, requestOf(errand, count), leftMs) : err(NOT_REACHED);
      findings[i] = findingsOf(errand, reply, Date.now());
    }
  };
  await Promise.all(Array.from({ length: MAX_CONCURRENT_ASKS }, drain));
  return findings.flat();
}

function requestOf({ source, targets }: Errand, count: number): ProbeRequest {
  return probeRequestSchema.parse({
    colo: source.colo,
    targets: targets.map(({ region, url, healthPath }) => ({ region, url, healthPath })),
    count,
    timeoutMs: DEFAULT_PROBE_TIMEOUT_MS,
  });
}

/** A way that the node's answer leaves out, or for which it had no time, has not been measured. */
function findingsOf({ source, targets }: Errand, reply: Result<ProbeReply, string>, at: number): Finding[] {
  return targets.map(({ region }): Finding => {
    const way = { source: source.region, target: region };
    if (!reply.ok) return { ...way, series: null, error: reply.error };
    const { samples = [], lost = 0, error = null } = reply.value.results.find((each) => each.region === region) ?? {};
    if (samples.length + lost === 0) return { ...way, series: null, error: NOT_REACHED };
    return { ...way, series: { at, roundTripsMs: samples, lost }, error };
  });
}
