import { WENT_BACK } from "../../src/failover/failback.ts";
import type { FailoverPlan } from "../../src/failover/plan.ts";
import type { FailoverReply } from "../../workers/control/schema/failover.ts";
import { columns, printable } from "./columns.ts";
import { formatDuration } from "./duration.ts";

type Stage = FailoverReply["stages"][number];

/** Where the traffic would go, as people read it: what each region takes before and after, then what spoke for whom. */
export function planReport(plan: FailoverPlan): string {
  const { from, targets, moved, elsewhere, stranded, addedMs } = plan;
  const others = targets.map(({ region, share }) => (targets.length === 1 ? region : `${region} (${percent(share)})`));
  const added = addedMs === null ? "" : `, ${addedMs < 0 ? "" : "+"}${addedMs.toFixed(1)} ms on average`;
  const lines = [
    `${from} → ${others.join(", ")}: ${percent(moved)} of the traffic${added}`,
    ...(elsewhere > NEGLIGIBLE ? [`${percent(elsewhere)} may not go there and goes on by the policy`] : []),
    ...(stranded > NEGLIGIBLE ? [`${percent(stranded)} would have no region`] : []),
  ];
  return [lines.join("\n"), columns(...regionColumns(plan)), columns(...candidateColumns(plan))].join("\n\n");
}

const NEGLIGIBLE = 1e-6;

function regionColumns({ regions }: FailoverPlan): [readonly string[], string[][]] {
  const rows = regions.map(({ region, connections, before, after }) => [
    region,
    percent(before.share),
    percent(after.share),
    String(connections),
    use(before.use),
    use(after.use),
  ]);
  return [["REGION", "TRAFFIC", "AFTER", "CAPACITY", "USE", "AFTER"], rows];
}

function candidateColumns({ candidates }: FailoverPlan): [readonly string[], string[][]] {
  const rows = [...candidates]
    .sort((a, b) => (a.score ?? Number.POSITIVE_INFINITY) - (b.score ?? Number.POSITIVE_INFINITY))
    .map(({ region, score, addedMs, permitted, refusal }) => [
      region,
      score === null ? "-" : score.toFixed(0),
      addedMs === null ? "-" : `${addedMs.toFixed(1)} ms`,
      permitted === null ? "-" : percent(permitted),
      refusal ?? "",
    ]);
  return [["TARGET", "SCORE", "ADDED", "PERMITTED", "REFUSED"], rows];
}

/** One line of a stage that has ended. */
export function stageLine({ stage, outcome, tookMs, budgetMs, detail }: Stage): string {
  const time = `${(tookMs / 1000).toFixed(1)} s of ${budgetMs / 1000} s`;
  return `${stage.padEnd(8)}  ${outcome.padEnd(6)}  ${time}  ${detail}`;
}

/** How a failover stands, in a few words. */
export function statusWords(failover: FailoverReply): string {
  const { status, from, trigger, failback, failure, plan } = failover;
  switch (status) {
    case "running":
      return `${from} is being failed over`;
    case "failed-over": {
      const to = plan?.targets.map(({ region }) => region).join(", ") ?? "nobody";
      return `${from} is failed over to ${to}${regressionWords(failover)}${holdingWords(from, failback, trigger.kind)}`;
    }
    case "failing-back":
      return `${from} comes back${failback.kind === "ramping" ? `, with ${failback.percent} % of its traffic` : ""}`;
    case "returned":
      return `${from} has all of its traffic again`;
    case "rolled-back":
      return `rolled back: ${failure ?? "for no known reason"}`;
  }
}

/** Why a region that was coming back went away again, or its failback would look as if nobody had asked for it. */
function regressionWords({ failback, events }: FailoverReply): string {
  if (failback.kind === "ramping" || failback.regressions === 0) return "";
  const last = events.findLast(({ detail }) => detail.startsWith(WENT_BACK));
  return last === undefined ? "; it came back and went away again" : printable(`; ${last.detail}, at ${last.at}`);
}

/** What a region that is failed over waits for, where that is known. */
function holdingWords(
  from: string,
  failback: FailoverReply["failback"],
  cause: FailoverReply["trigger"]["kind"],
): string {
  if (failback.kind === "ramping") return "";
  if (failback.approvedAt !== null) return "; comes back as soon as it is healthy";
  // Nobody but a person takes back what a person has done.
  if (cause === "manual") return `; comes back by novacron region failback --region ${from}`;
  return failback.healthySince === null ? "" : `; healthy since ${failback.healthySince}`;
}

/** Whether a region's traffic is elsewhere, all or a part. */
export const isOpen = ({ status }: FailoverReply): boolean => status !== "returned" && status !== "rolled-back";

/** How one failover has gone: its stages, then what has happened since. */
export function failoverCourse({ id, reason, requestedBy, stages, events }: FailoverReply): string {
  const rows = [
    ...stages.map((stage) => [stage.startedAt, stageLine(stage)]),
    ...events.map(({ at, detail }) => [at, detail]),
  ];
  return `${id}\nby ${requestedBy}: ${reason}\n${columns(["AT", "WHAT"], rows)}`;
}

export function failoverColumns(failovers: readonly FailoverReply[]): string {
  const rows = failovers.map((failover) => [
    failover.id,
    failover.requestedAt,
    failover.trigger.kind,
    failover.endedAt === null
      ? "-"
      : formatDuration((Date.parse(failover.endedAt) - Date.parse(failover.requestedAt)) / 1000),
    statusWords(failover),
  ]);
  return columns(["FAILOVER", "BEGAN", "CAUSE", "LASTED", "NOW"], rows);
}

const percent = (part: number): string => `${(part * 100).toFixed(1)}%`;
const use = (part: number | null): string => (part === null ? "-" : percent(part));
