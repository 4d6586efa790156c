import { err, ok, type Result } from "../../src/base/result.ts";
import type { MeasurementPoint } from "../../src/latency-matrix/measurement-point.ts";
import { type ProbeReply, type ProbeRequest, probeReplySchema } from "../../src/latency-matrix/probe-message.ts";
import { readAtMost } from "../read-at-most.ts";

/** More than the longest answer that the schema allows. */
const MAX_REPLY_BYTES = 65_536;
const NO_NODE = "not the answer of a node";

/** Has a node measure its paths to others. Never throws: the error names the node and says what was wrong. */
export async function askNode(
  source: MeasurementPoint,
  token: string,
  request: ProbeRequest,
  timeoutMs: number,
): Promise<Result<ProbeReply, string>> {
  const failed = (detail: string) => err(`${source.backend}: ${detail}`);
  // Not AbortSignal.timeout: its timer would run on after the answer, and an object that has one does not sleep.
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), timeoutMs);
  try {
    const response = await fetch(`${source.url}/probe`, {
      method: "POST",
      headers: {
        Authorization: `Bearer ${token}`,
        "Content-Type": "application/json",
        "User-Agent": "novacron-prober/1",
      },
      body: JSON.stringify(request),
      // A redirect would take the token elsewhere.
      redirect: "manual",
      signal: patience.signal,
    });
    const text = await readAtMost(response, MAX_REPLY_BYTES);
    if (response.status !== 200) return failed(`status ${response.status}`);
    const reply = text === null ? null : probeReplySchema.safeParse(JSON.parse(text));
    return reply?.success ? ok(reply.data) : failed(NO_NODE);
  } catch (error) {
    // The runtime's own words carry internal references, and differ between versions.
    if (patience.signal.aborted) return failed(`no answer in ${Math.round(timeoutMs)} ms`);
    return failed(error instanceof SyntaxError ? NO_NODE : "connection failed");
  } finally {
    clearTimeout(timer);
  }
}
