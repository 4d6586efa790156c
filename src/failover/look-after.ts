import type { Failover } from "../table/failover.ts";
import type { PublishedTable } from "../table/table.ts";
import { accept, type StagePorts } from "./carry-out.ts";
import { MIN_UP, partUp } from "./confirm.ts";
import { type FailbackEffect, type FailbackTerms, stepFailback } from "./failback.ts";
import { faultOf } from "./gate.ts";
import { addEvent, type FailoverRecord } from "./record.ts";
import { select } from "./select.ts";

/** One look at a region that is failed over, or on its way back: the record afterwards, the same when nothing happened. */
export async function lookAfter(record: FailoverRecord, ports: StagePorts): Promise<FailoverRecord> {
  const [published, signs] = await Promise.all([ports.table(), ports.signs()]);
  const { from } = record;
  const held = published.failovers.get(from);
  const region = published.table.regions.get(from);
  const now = ports.now();
  if (held?.id !== record.id || !region) return over(addEvent(record, "its entry in the table is gone", now), now);
  const isHealthy = (partUp(published, from) ?? 0) >= MIN_UP && signs.get(from)?.state !== "failed";
  const rest = [...signs].filter(([id]) => id !== from && !published.failovers.has(id)).map(([, each]) => each);
  const terms: FailbackTerms = {
    ...region.failback,
    needsApproval: record.trigger.kind === "manual" || region.failback.approval === "person",
  };
  const fault = faultOf(signs.get(from), rest);
  const { state, effect } = stepFailback(record.failback, { isHealthy, fault }, terms, now);
  const moved = await apply(record, held, effect, ports);
  if (moved === null) return record;
  return moved === record && sameState(state, record.failback) ? record : { ...moved, failback: state };
}

/** Does what is to be done; `null` where the table did not let it. */
async function apply(
  record: FailoverRecord,
  held: Failover,
  effect: FailbackEffect,
  ports: StagePorts,
): Promise<FailoverRecord | null> {
  const now = ports.now();
  switch (effect.kind) {
    case "none":
      return record;
    case "percent": {
      const { percent, detail } = effect;
      const phase = percent === 0 ? "failed-over" : "failing-back";
      if (!(await replace(record, held, { ...held, phase, percent, since: now }, ports))) return null;
      return addEvent({ ...record, status: phase }, detail, now);
    }
    case "returned":
      if (!(await replace(record, held, null, ports))) return null;
      return over(addEvent(record, "all of its traffic has returned", now), now);
  }
}

/**
 * Chooses targets anew where one of them is down or failed over itself, and what is left could be too few. Until then
 * its part goes to the others, or on by the policy. The record is the same where there are no better ones.
 */
export async function retarget(record: FailoverRecord, ports: StagePorts): Promise<FailoverRecord> {
  const published = await ports.table();
  const held = published.failovers.get(record.from);
  if (held?.id !== record.id || !held.targets.some(({ region }) => isLost(published, region))) return record;
  const [clients, lagMs] = await Promise.all([ports.clients(published), ports.lagMs()]);
  const selected = accept(select({ published, from: record.from, to: null, clients, lagMs, now: ports.now() }), true);
  if (!selected.ok) return record;
  const { targets } = selected.value;
  if (!(await replace(record, held, { ...held, targets }, ports))) return record;
  const detail = `now to ${targets.map(({ region }) => region).join(", ")}, since a target was lost`;
  return addEvent({ ...record, plan: selected.value }, detail, ports.now());
}

const isLost = (published: PublishedTable, region: string): boolean =>
  published.failovers.has(region) || (partUp(published, region) ?? 0) === 0;

async function replace(record: FailoverRecord, { id, phase }: Failover, next: Failover | null, { shift }: StagePorts) {
  const shifted = await shift({ region: record.from, next, expected: { id, phase } });
  return shifted.ok;
}

const over = (record: FailoverRecord, now: number): FailoverRecord => ({ ...record, status: "returned", endedAt: now });

const sameState = (a: FailoverRecord["failback"], b: FailoverRecord["failback"]): boolean =>
  JSON.stringify(a) === JSON.stringify(b);
