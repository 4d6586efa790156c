import { NO_COLO } from "../../durable-objects/colo-observer/api.ts";
import { err, ok, type Result } from "../../src/base/result.ts";
import { originOf } from "../../src/request/request-id.ts";
import type { Occasion, Trace } from "../../src/telemetry/trace.ts";
import { reach } from "./reach.ts";
import type { Refusal } from "./refusal.ts";
import type { Call } from "./route.ts";
import type { TraceOutcome } from "./schema/explanation.ts";
import { toTime } from "./to-time.ts";

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
/** So many of a colo are looked through for those of one outcome. */
const MAX_SEARCHED = 2000;

/** Before the first release nobody gave an id out: one with such a time was made up, and has not expired. */
const FIRST_IDS_AT = Date.UTC(2026, 10, 1);

/** The trace of a request, from the colo that its id names. */
export async function findTrace(call: Call, text: string): Promise<Result<Trace, Refusal>> {
  // Logs and people write it in either case.
  const requestId = text.toLowerCase();
  const origin = originOf(requestId);
  if (!origin) return err({ kind: "bad-request-id", text: text.slice(0, 60) });
  const colo = origin.colo ?? NO_COLO;
  const found = await reach(call, "observer of a colo", () => call.deps.traces(colo).findTrace(requestId));
  if (!found.ok) return found;
  switch (found.value.kind) {
    case "found":
      return ok(found.value.trace);
    case "expired":
      if (origin.at < FIRST_IDS_AT)
        return err({ kind: "untraced", what: `${requestId}, whose time is before any id was given out`, omitted: 0 });
      return err({
        kind: "trace-expired",
        what: `traces are kept for an hour; that request came at ${toTime(origin.at)}`,
      });
    case "unknown": {
      const { omitted } = found.value;
      const what = `${requestId}, which came through ${colo} at ${toTime(origin.at)}`;
      return err({ kind: "untraced", what, omitted });
    }
  }
}

/** Which traces are wanted. */
export interface Wanted {
  /** That of all colos that have had traffic of late where it is not given. */
  readonly colo?: string | undefined;
  readonly outcome?: TraceOutcome | undefined;
  /** Those alone that were traced for this reason. */
  readonly occasion?: Occasion;
  readonly limit: number;
}

/** The newest traces of a colo, or of all that have had traffic of late. */
export async function recentTraces(call: Call, wanted: Wanted): Promise<Result<Recorded, Refusal>> {
  const { colo, limit } = wanted;
  const known = colo === undefined ? await busyColos(call) : ok([colo]);
  if (!known.ok) return known;
  const colos = known.value.slice(0, MAX_COLOS);
  const pages = await reach(call, "observer of a colo", () =>
    Promise.all(colos.map((each) => tracesOf(call, each, wanted))),
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

async function tracesOf(
  call: Call,
  colo: string,
  { outcome, occasion, limit }: Wanted,
): Promise<Pick<Recorded, "traces" | "omitted">> {
  const isWanted = (trace: Trace) =>
    (outcome === undefined || hasOutcome(trace, outcome)) && (occasion === undefined || trace.occasion === occasion);
  const traces: Trace[] = [];
  let omitted = 0;
  let unread = outcome === undefined && occasion === undefined ? limit : MAX_SEARCHED;
  for (let before: string | null = null; traces.length < limit && unread > 0; ) {
    const asked = Math.min(PAGE, unread);
    const page = await call.deps.traces(colo).listTraces({ limit: asked, before });
    omitted = page.omitted;
    traces.push(...page.traces.filter(isWanted));
    unread -= asked;
    before = page.traces.at(-1)?.explanation.requestId ?? null;
    if (page.traces.length < asked || before === null) break;
  }
  return { traces, omitted };
}

function hasOutcome({ occasion, explanation: { course } }: Trace, outcome: TraceOutcome): boolean {
  switch (outcome) {
    case "retried":
      return course !== null && course.tries.length > 1;
    case "failed":
      return occasion === "failed" && (course?.outcome !== "forwarded" || course.status >= 500);
    case "refused":
      return occasion === "refused";
  }
}

async function busyColos(call: Call): Promise<Result<readonly string[], Refusal>> {
  const since = call.deps.now() - TRAFFIC_MS;
  const demand = await reach(call, "record of traffic", () => call.deps.demandSince(since));
  if (!demand.ok) return demand;
  const requests = new Map<string, number>();
  for (const each of demand.value) requests.set(each.colo, (requests.get(each.colo) ?? 0) + each.requests);
  return ok([...requests].sort(([, a], [, b]) => b - a).map(([colo]) => colo));
}
