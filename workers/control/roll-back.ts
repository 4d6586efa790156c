import type { Applied, TablePlan } from "../../durable-objects/routing-table/api.ts";
import { err, ok, type Result } from "../../src/base/result.ts";
import { hazardIn } from "./ban-hazard.ts";
import { reach } from "./reach.ts";
import type { Refusal } from "./refusal.ts";
import type { Call } from "./route.ts";
import { toRefusal } from "./table-refusal.ts";
import { underPlan } from "./under-plan.ts";

/** To where and why; `force`: even if that brings back a ban of the caller's own address, of a very wide network or of a verified bot. */
interface Rollback {
  readonly toEpoch: number;
  readonly reason: string;
  readonly ifEpoch: number | null;
  readonly force: boolean;
}

/** What restoring an epoch would change. */
export async function planRollback(call: Call, toEpoch: number): Promise<Result<TablePlan, Refusal>> {
  const planned = await reach(call, "routing table", () => call.deps.table.planRollback(toEpoch));
  if (!planned.ok) return planned;
  return planned.value.ok ? ok(planned.value.value) : err(toRefusal(planned.value.error));
}

/** Restores an epoch, after a look at what that would bring back. */
export function rollBack(call: Call, { toEpoch, reason, ifEpoch, force }: Rollback): Promise<Result<Applied, Refusal>> {
  const { table } = call.deps;
  const summary = `roll back to ${toEpoch}: ${reason}`;
  return underPlan({
    ifEpoch,
    plan: () => planRollback(call, toEpoch),
    refusal: ({ changes }) => (force ? null : hazardIn(call, bansIn(changes))),
    async change(epoch) {
      const options = { actor: call.actor, summary, ifEpoch: epoch };
      const applied = await reach(call, "routing table", () => table.rollback(toEpoch, options));
      if (!applied.ok) return applied;
      return applied.value.ok ? ok(applied.value.value) : err(toRefusal(applied.value.error));
    },
  });
}

const bansIn = (changes: TablePlan["changes"]) =>
  Object.fromEntries(changes.flatMap(({ section, id, after }) => (section === "blacklist" ? [[id, after]] : [])));
