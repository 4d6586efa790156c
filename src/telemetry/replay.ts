import type { Snapshot } from "../table/snapshot.ts";
import type { DecisionTaken, Explanation } from "./explanation.ts";
import { repeat, type Trace } from "./trace.ts";

/** Recorded requests under the table as it is and as it would be. */
export interface Replay {
  /** Requests that could be decided again. */
  readonly requests: number;
  /** Requests that ended before a decision, so that there is none to compare. */
  readonly undecided: number;
  /** How many go from where to where, the most first. `from` and `to` are regions, or kinds of refusal. */
  readonly moves: readonly { readonly from: string; readonly to: string; readonly requests: number }[];
  /** Requests of which the decision changes. */
  readonly changes: number;
  /** The first of them. */
  readonly items: readonly ReplayedChange[];
}

export interface ReplayedChange {
  readonly requestId: string | null;
  readonly at: number;
  readonly host: string;
  readonly path: string;
  readonly colo: string | null;
  readonly from: DecisionTaken;
  readonly to: DecisionTaken;
  /** The rule that changed, in words. */
  readonly why: string;
}

export const MAX_REPLAYED_CHANGES = 200;

/** Decides recorded requests again under both tables, so that only the difference of the tables shows. */
export function replay(before: Snapshot, after: Snapshot, traces: readonly Trace[]): Replay {
  const moves = new Map<string, { from: string; to: string; requests: number }>();
  const items: ReplayedChange[] = [];
  let requests = 0;
  let changes = 0;
  for (const trace of traces) {
    if (trace.explanation.decision.kind === "not-reached") continue;
    const old = repeat(before, trace);
    const next = repeat(after, trace);
    if (!old || !next) continue;
    requests += 1;
    if (sameDecision(old.decision, next.decision)) continue;
    changes += 1;
    const [from, to] = [goalOf(old.decision), goalOf(next.decision)];
    const move = moves.get(`${from} ${to}`) ?? { from, to, requests: 0 };
    move.requests += 1;
    moves.set(`${from} ${to}`, move);
    if (items.length < MAX_REPLAYED_CHANGES) items.push(changeOf(old, next));
  }
  return {
    requests,
    undecided: traces.length - requests,
    moves: [...moves.values()].sort((a, b) => b.requests - a.requests),
    changes,
    items,
  };
}

/** Whether two decisions send a request to the same backend, or refuse it alike. */
export function sameDecision(a: DecisionTaken, b: DecisionTaken): boolean {
  if (a.kind === "chosen" && b.kind === "chosen") return a.backend === b.backend;
  return a.kind === b.kind;
}

const goalOf = (decision: DecisionTaken): string => (decision.kind === "chosen" ? decision.region : decision.kind);

function changeOf(old: Explanation, next: Explanation): ReplayedChange {
  const { requestId, at, request } = next;
  const { host, path, place } = request;
  return {
    requestId,
    at,
    host,
    path,
    colo: place.colo,
    from: old.decision,
    to: next.decision,
    why: reasonOf(old, next),
  };
}

function reasonOf(old: Explanation, next: Explanation): string {
  const [from, to] = [old.decision, next.decision];
  if (to.kind === "blocked") return `the client is on the blacklist (${to.cidr})`;
  if (from.kind === "blocked") return `the client is no longer on the blacklist (${from.cidr})`;
  if (old.service?.id !== next.service?.id)
    return `the service is ${next.service?.id ?? "none"}, no longer ${old.service?.id ?? "none"}`;
  if (to.kind === "refused") return to.detail;
  if (old.service?.policy !== next.service?.policy)
    return `the policy is ${next.service?.policy}, no longer ${old.service?.policy}`;
  const left = from.kind === "chosen" ? difference(from.region, old, next) : null;
  const entered = to.kind === "chosen" ? difference(to.region, old, next) : null;
  return left ?? entered ?? "the order of the backends has changed";
}

/** How a region stands otherwise than before; `null` where it does not. */
function difference(region: string, old: Explanation, next: Explanation): string | null {
  const [before, after] = [old, next].map(({ candidates }) => candidates.find((each) => each.region === region));
  if (!after) return `${region} is gone`;
  if (!before) return `${region} is new`;
  if (after.kind === "refused") return before.kind === "refused" ? null : `${region}: ${after.reason}`;
  if (before.kind === "refused") return `${region} is no longer ${before.reason}`;
  if (Math.abs(after.share - before.share) < 1e-9) return null;
  return `the share of ${region} is ${percent(after.share)}, not ${percent(before.share)}`;
}

const percent = (part: number): string => `${(part * 100).toFixed(1)}%`;
