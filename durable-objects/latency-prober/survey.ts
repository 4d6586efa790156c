import { err, type Result } from "../../src/base/result.ts";
import type { MeasurementPoint } from "../../src/latency-matrix/measurement-point.ts";
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

/** What one node is to measure: at most `MAX_PROBE_TARGETS` paths. */
export interface Assignment {
  readonly source: MeasurementPoint;
  readonly targets: readonly MeasurementPoint[];
}

/** What came of one path of an assignment: the requests that were made, and why there are none or some were lost. */
export interface Finding {
  readonly source: string;
  readonly target: string;
  readonly series: Series | null;
  readonly error: string | null;
}

/** Has nodes measure, a few at a time and in order, until the deadline (Unix milliseconds). Never throws. */
export async function survey(
  assignments: readonly Assignment[],
  token: string,
  count: number,
  deadline: number,
): Promise<Finding[]> {
  const findings: Finding[][] = [];
  const queue = assignments.entries();
  const drain = async () => {
    for (const [i, assignment] of queue) {
      const leftMs = Math.min(deadline - Date.now(), ASK_TIMEOUT_MS);
      const reply =
        leftMs > 0 ? await askNode(assignment.source, token, requestOf(assignment, count), leftMs) : err(NOT_REACHED);
      findings[i] = findingsOf(assignment, reply, Date.now());
    }
  };
  await Promise.all(Array.from({ length: MAX_CONCURRENT_ASKS }, drain));
  return findings.flat();
}

function requestOf({ source, targets }: Assignment, count: number): ProbeRequest {
  return probeRequestSchema.parse({
    colo: source.colo,
    targets: targets.map(({ region, url, healthPath }) => ({ region, url, healthPath })),
    count,
    timeoutMs: DEFAULT_PROBE_TIMEOUT_MS,
  });
}

/** A path that the node's answer leaves out, or for which it had no time, has not been measured. */
function findingsOf({ source, targets }: Assignment, reply: Result<ProbeReply, string>, at: number): Finding[] {
  return targets.map(({ region }): Finding => {
    const pair = { source: source.region, target: region };
    if (!reply.ok) return { ...pair, series: null, error: reply.error };
    const { samples = [], lost = 0, error = null } = reply.value.results.find((each) => each.region === region) ?? {};
    if (samples.length + lost === 0) return { ...pair, series: null, error: NOT_REACHED };
    return { ...pair, series: { at, roundTripsMs: samples, lost }, error };
  });
}
