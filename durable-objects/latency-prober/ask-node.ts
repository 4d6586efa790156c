import { err, ok, type Result } from "../../src/base/result.ts";
import type { ProbeEnd } from "../../src/latency-matrix/probe-end.ts";
import { type ProbeReply, type ProbeRequest, probeReplySchema } from "../../src/latency-matrix/probe-message.ts";
import { readAtMost } from "../read-at-most.ts";

/** More than the longest answer that the schema allows. */
const MAX_REPLY_BYTES = 65_536;

/** Has a node measure its way to others. Never throws: the error names the node and says what was wrong. */
export async function askNode(
  source: ProbeEnd,
  token: string,
  request: ProbeRequest,
  timeoutMs: number,
): Promise<Result<ProbeReply, string>> {
  const failed = (detail: string) => err(`${source.backend}: ${detail}`);
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
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await readAtMost(response, MAX_REPLY_BYTES);
    if (response.status !== 200) return failed(`status ${response.status}`);
    const reply = text === null ? null : probeReplySchema.safeParse(JSON.parse(text));
    return reply?.success ? ok(reply.data) : failed("not the answer of a node");
  } catch (error) {
    return failed(describe(error, timeoutMs));
  }
}

/** The runtime's own words carry internal references, and differ between versions. */
function describe(error: unknown, timeoutMs: number): string {
  if (error instanceof SyntaxError) return "not the answer of a node";
  const timedOut = error instanceof Error && (error.name === "TimeoutError" || error.name === "AbortError");
  return timedOut ? `no answer in ${Math.round(timeoutMs)} ms` : "connection failed";
}
