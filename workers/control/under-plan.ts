import type { Applied, TablePlan } from "../../durable-objects/routing-table/api.ts";
import { err, type Result } from "../../src/base/result.ts";
import type { Refusal } from "./refusal.ts";

const MAX_TRIES = 5;

interface Planned {
  /** The epoch that the caller demands. */
  readonly ifEpoch: number | null;
  plan(): Promise<Result<TablePlan, Refusal>>;
  /** Why what is planned must not be done. */
  refusal(plan: TablePlan): Refusal | null | Promise<Refusal | null>;
  change(ifEpoch: number): Promise<Result<Applied, Refusal>>;
}

/** Looks at what would change, and changes it under the epoch of that plan: what came in between cannot slip through. */
export async function underPlan({ ifEpoch, plan, refusal, change }: Planned): Promise<Result<Applied, Refusal>> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const planned = await plan();
    if (!planned.ok) return planned;
    const refused = await refusal(planned.value);
    if (refused !== null) return err(refused);
    const applied = await change(ifEpoch ?? planned.value.epoch);
    if (applied.ok || applied.error.kind !== "stale" || ifEpoch !== null) return applied;
  }
  return err({ kind: "unavailable", what: "the table changes faster than this change can be made" });
}
