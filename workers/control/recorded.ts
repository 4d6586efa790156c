import { NO_COLO } from "../../durable-objects/colo-observer/api.ts";
import { err, ok, type Result } from "../../src/base/result.ts";
import { originOf } from "../../src/request/request-id.ts";
import type { Trace } from "../../src/telemetry/trace.ts";
import { reach } from "./reach.ts";
import type { Refusal } from "./refusal.ts";
import type { Call } from "./route.ts";

/** Traces of several colos together. */
export interface Recorded {
  /** The newest first. */
  readonly traces: readonly Trace[];
  readonly omitted: number;
  readonly colos: readonly string[];
  readonly omittedColos: number;
}

/** Colos that are asked for one answer, those with the most traffic first. */
const MAX_COLOS = 50;
/** How far back a colo's traffic is looked for: as long as traces are kept. */
const TRAFFIC_MS = 3_600_000;
/** One object gives so many at once. */
const PAGE = 500;

/** The trace of a request, from the colo that its id names. */
export async function findTrace(call: Call, requestId: string): Promise<Result<Trace, Refusal>> {
  const origin = originOf(requestId);
  if (!origin) return err({ kind: "bad-request-id", text: requestId.slice(0, 60) });
  const colo = origin.colo ?? NO_COLO;
  const found = await reach(call, "observer of a colo", () => call.deps.traces(colo).findTrace(requestId));
  if (!found.ok) return found;
  switch (found.value.kind) {
    case "found":
      return ok(found.value.trace);
    case "expired":
      return err({
        kind: "trace-expired",
        what: `traces are kept for an hour; that request came at ${toTime(origin.at)}`,
      });
    case "unknown":
      return err({ kind: "untraced", what: `${requestId}, which came through ${colo} at ${toTime(origin.at)}` });
  }
}

/** The newest traces of a colo, or of all that have had traffic of late. */
export async function recentTraces(
  call: Call,
  colo: string | undefined,
  limit: number,
): Promise<Result<Recorded, Refusal>> {
  const known = colo === undefined ? await busyColos(call) : ok([colo]);
  if (!known.ok) return known;
  const colos = known.value.slice(0, MAX_COLOS);
  const pages = await reach(call, "observer of a colo", () =>
    Promise.all(colos.map((each) => pageOf(call, each, limit))),
  );
  if (!pages.ok) return pages;
  const traces = pages.value.flatMap((page) => page.traces);
  return ok({
    traces: traces.sort((a, b) => b.explanation.at - a.explanation.at).slice(0, limit),
    omitted: pages.value.reduce((sum, { omitted }) => sum + omitted, 0),
    colos,
    omittedColos: known.value.length - colos.length,
  });
}

async function pageOf(call: Call, colo: string, limit: number): Promise<Pick<Recorded, "traces" | "omitted">> {
  const traces: Trace[] = [];
  let omitted = 0;
  for (let before: string | null = null; traces.length < limit; ) {
    const asked = Math.min(PAGE, limit - traces.length);
    const page = await call.deps.traces(colo).listTraces({ limit: asked, before });
    omitted = page.omitted;
    traces.push(...page.traces);
    before = page.traces.at(-1)?.explanation.requestId ?? null;
    if (page.traces.length < asked || before === null) break;
  }
  return { traces, omitted };
}

async function busyColos(call: Call): Promise<Result<readonly string[], Refusal>> {
  const since = call.deps.now() - TRAFFIC_MS;
  const demand = await reach(call, "record of traffic", () => call.deps.demandSince(since));
  if (!demand.ok) return demand;
  const requests = new Map<string, number>();
  for (const each of demand.value) requests.set(each.colo, (requests.get(each.colo) ?? 0) + each.requests);
  return ok([...requests].sort(([, a], [, b]) => b - a).map(([colo]) => colo));
}

const toTime = (ms: number): string => new Date(ms).toISOString();
