import type { Applied } from "../../durable-objects/routing-table/api.ts";
import { err, ok, type Result } from "../../src/base/result.ts";
import { hazardIn } from "./ban-hazard.ts";
import { reach } from "./reach.ts";
import type { Refusal } from "./refusal.ts";
import type { Call } from "./route.ts";
import { toRefusal } from "./table-refusal.ts";

const MAX_TRIES = 5;

/** To where and why; `force`: even if that brings back a ban of the caller's own address, or of a very wide network. */
interface Rollback {
  readonly toEpoch: number;
  readonly reason: string;
  readonly ifEpoch: number | null;
  readonly force: boolean;
}

/** Restores an epoch under the epoch at which it was looked at what that would bring back. */
export async function rollBack(
  call: Call,
  { toEpoch, reason, ifEpoch, force }: Rollback,
): Promise<Result<Applied, Refusal>> {
  const { table } = call.deps;
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const planned = await reach(call, "routing table", () => table.planRollback(toEpoch));
    if (!planned.ok) return planned;
    if (!planned.value.ok) return err(toRefusal(planned.value.error));
    const { epoch, changes } = planned.value.value;
    const bans = changes.flatMap(({ section, id, after }) => (section === "blacklist" ? [[id, after]] : []));
    const hazard = force ? null : hazardIn({ blacklist: Object.fromEntries(bans) }, call.address);
    if (hazard !== null) return err(hazard);
    const options = { actor: call.actor, summary: `roll back to ${toEpoch}: ${reason}`, ifEpoch: ifEpoch ?? epoch };
    const applied = await reach(call, "routing table", () => table.rollback(toEpoch, options));
    if (!applied.ok) return applied;
    if (applied.value.ok) return ok(applied.value.value);
    if (applied.value.error.kind !== "stale" || ifEpoch !== null) return err(toRefusal(applied.value.error));
  }
  return err({ kind: "unavailable", what: "the table changes faster than this change can be made" });
}
