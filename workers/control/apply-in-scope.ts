import type { Applied, ApplyOptions, TablePatch } from "../../durable-objects/routing-table/api.ts";
import { isHeldEverywhere, outOfScope } from "../../src/auth/scope.ts";
import { err, ok, type Result } from "../../src/base/result.ts";
import { reach } from "./reach.ts";
import type { Refusal } from "./refusal.ts";
import type { Call } from "./route.ts";
import { toRefusal } from "./table-refusal.ts";

const MAX_TRIES = 5;

/**
 * Applies a patch if every entity that it would change is within what the caller is for. Decided by the planned
 * changes, and applied under the epoch of that plan: what came in between cannot slip through.
 */
export async function applyInScope(
  call: Call,
  patch: TablePatch,
  options: ApplyOptions,
): Promise<Result<Applied, Refusal>> {
  const { table } = call.deps;
  const { grants } = call.principal;
  const { permission } = call;
  if (permission === "anyone" || permission === "oneself") throw new Error("the table is changed without a permission");
  if (isHeldEverywhere(grants, permission)) return apply(call, patch, options);
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const planned = await reach(call, "routing table", () => table.plan(patch));
    if (!planned.ok) return planned;
    const { epoch, changes, objections } = planned.value;
    if (options.ifEpoch !== null && options.ifEpoch !== epoch) return err({ kind: "stale", epoch });
    if (objections.length > 0) return err({ kind: "objections", objections });
    const beyond = outOfScope(grants, permission, changes);
    if (beyond.length > 0)
      return err({ kind: "out-of-scope", entities: beyond.map(({ section, id }) => `${section}/${id}`) });
    const applied = await apply(call, patch, { ...options, ifEpoch: epoch });
    if (applied.ok || applied.error.kind !== "stale" || options.ifEpoch !== null) return applied;
  }
  return err({ kind: "unavailable", what: "the table changes faster than this change can be made" });
}

async function apply(call: Call, patch: TablePatch, options: ApplyOptions): Promise<Result<Applied, Refusal>> {
  const applied = await reach(call, "routing table", () => call.deps.table.apply(patch, options));
  if (!applied.ok) return applied;
  return applied.value.ok ? ok(applied.value.value) : err(toRefusal(applied.value.error));
}
