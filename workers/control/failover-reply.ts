import { RAMP } from "../../src/failover/failback.ts";
import type { FailoverRecord } from "../../src/failover/record.ts";
import { BUDGETS_MS } from "../../src/failover/stage.ts";
import type { FailoverReply } from "./schema/failover.ts";
import { toTime } from "./to-time.ts";

/** A failover's record as the API shows it. */
export function toFailover(record: FailoverRecord, now: number): FailoverReply {
  const { trigger, stages, failback, events } = record;
  return {
    ...record,
    trigger: { ...trigger, since: toTime(trigger.since) },
    requestedAt: toTime(record.requestedAt),
    stages: stages.map(({ stage, startedAt, endedAt, outcome, detail }) => ({
      stage,
      startedAt: toTime(startedAt),
      endedAt: toTimeOrNull(endedAt),
      tookMs: Math.max(0, (endedAt ?? now) - startedAt),
      budgetMs: BUDGETS_MS[stage],
      outcome,
      detail,
    })),
    failback: toFailback(failback),
    events: events.map(({ at, detail }) => ({ at: toTime(at), detail })),
    endedAt: toTimeOrNull(record.endedAt),
  };
}

function toFailback(failback: FailoverRecord["failback"]): FailoverReply["failback"] {
  switch (failback.kind) {
    case "holding": {
      const { healthySince, approvedAt } = failback;
      return { ...failback, healthySince: toTimeOrNull(healthySince), approvedAt: toTimeOrNull(approvedAt) };
    }
    case "ramping": {
      const { kind, step, since, regressions } = failback;
      return { kind, percent: RAMP[step] ?? 0, since: toTime(since), regressions };
    }
  }
}

const toTimeOrNull = (ms: number | null): string | null => (ms === null ? null : toTime(ms));
