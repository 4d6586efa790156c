import { z } from "zod";
import { type Failovers, failoverIdSchema } from "../table/failover.ts";
import { failbackStateSchema } from "./failback.ts";
import { type FailoverPlan, failoverPlanSchema } from "./plan.ts";
import { MAX_DETAIL_CHARS, type Stage, type StageRecord, stageRecordSchema } from "./stage.ts";
import { triggerSchema } from "./trigger.ts";

/** Everything about one failover, from the request to its end. Times are Unix milliseconds. */
export const failoverRecordSchema = z.object({
  id: failoverIdSchema,
  from: z.string(),
  /** The target that was named; `null` where it was to be chosen. */
  to: z.string().nullable(),
  trigger: triggerSchema,
  reason: z.string(),
  requestedBy: z.string(),
  requestedAt: z.int(),
  /** Whether targets may be pushed over their limit, and clients be left with no region. */
  force: z.boolean(),
  /**
   * `running` through the stages; `failed-over` until the region gets traffic back; `failing-back` on the ramp. Over:
   * `returned` all the way, or `rolled-back` before it was failed over.
   */
  status: z.enum(["running", "failed-over", "failing-back", "returned", "rolled-back"]),
  stages: z.array(stageRecordSchema),
  /** `null` until targets are chosen. */
  plan: failoverPlanSchema.nullable(),
  failback: failbackStateSchema,
  /** What has happened on the way back, the newest last. */
  events: z.array(z.object({ at: z.int(), detail: z.string() })),
  /** Why it was rolled back. */
  failure: z.string().nullable(),
  endedAt: z.int().nullable(),
});
export type FailoverRecord = z.infer<typeof failoverRecordSchema>;

/** Events that are kept of one record; the oldest give way. */
const MAX_EVENTS = 100;

export type FailoverOrder = Pick<
  FailoverRecord,
  "id" | "from" | "to" | "trigger" | "reason" | "requestedBy" | "requestedAt" | "force"
>;

export const isOver = ({ status }: Pick<FailoverRecord, "status">): boolean =>
  status === "returned" || status === "rolled-back";

export function newRecord(order: FailoverOrder): FailoverRecord {
  return {
    ...order,
    status: "running",
    stages: [],
    plan: null,
    failback: { kind: "holding", healthySince: null, approvedAt: null, regressions: 0 },
    events: [],
    failure: null,
    endedAt: null,
  };
}

/** A stage begins; one that begins again, after a crash, goes on from its first beginning. */
export function beginStage(record: FailoverRecord, stage: Stage, at: number): FailoverRecord {
  if (record.stages.some((each) => each.stage === stage)) return record;
  const begun: StageRecord = { stage, startedAt: at, endedAt: null, outcome: "running", detail: "" };
  return { ...record, stages: [...record.stages, begun] };
}

/** What a stage has come to; `plan` where it has made one. */
export interface StageEnd {
  readonly outcome: "done" | "failed";
  readonly detail: string;
  readonly plan?: FailoverPlan;
}

export function endStage(record: FailoverRecord, stage: Stage, end: StageEnd, at: number): FailoverRecord {
  const detail = end.detail.slice(0, MAX_DETAIL_CHARS);
  const stages = record.stages.map((each) =>
    each.stage === stage && each.endedAt === null ? { ...each, endedAt: at, outcome: end.outcome, detail } : each,
  );
  const isLast = stage === "validate" && end.outcome === "done";
  return { ...record, stages, plan: end.plan ?? record.plan, status: isLast ? "failed-over" : record.status };
}

/** What running failovers have planned for their regions, beside one of them. */
export function plannedFailovers(records: Iterable<FailoverRecord>, beside: string): Failovers {
  const running = [...records].filter(({ id, status, plan }) => id !== beside && status === "running" && plan !== null);
  return new Map(
    running.map(({ id, from, plan, requestedAt: since }) => [
      from,
      { id, phase: "failing-over", percent: 0, targets: plan?.targets ?? [], since },
    ]),
  );
}

/** Ends a failover that did not come about. */
export function rollBack(record: FailoverRecord, failure: string, at: number): FailoverRecord {
  const stages = record.stages.map((each) =>
    each.endedAt === null ? { ...each, endedAt: at, outcome: "failed" as const, detail: failure } : each,
  );
  return { ...record, stages, status: "rolled-back", failure: failure.slice(0, MAX_DETAIL_CHARS), endedAt: at };
}

export function addEvent(record: FailoverRecord, detail: string, at: number): FailoverRecord {
  return { ...record, events: [...record.events, { at, detail }].slice(-MAX_EVENTS) };
}
