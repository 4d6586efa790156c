import type { Applied, ApplyOptions, TablePatch } from "../../durable-objects/routing-table/api.ts";
import { isHeldEverywhere, outOfScope } from "../../src/auth/scope.ts";
import { err, ok, type Result } from "../../src/base/result.ts";
import { reach } from "./reach.ts";
import type { Refusal } from "./refusal.ts";
import type { Call } from "./route.ts";
import { toRefusal } from "./table-refusal.ts";
import { underPlan } from "./under-plan.ts";

/** Applies a patch if every entity that it would change is within what the caller is for, by the planned changes. */
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
  return underPlan({
    ifEpoch: options.ifEpoch,
    plan: () => reach(call, "routing table", () => table.plan(patch)),
    refusal({ epoch, changes, objections }) {
      if (options.ifEpoch !== null && options.ifEpoch !== epoch) return { kind: "stale", epoch };
      if (objections.length > 0) return { kind: "objections", objections };
      const beyond = outOfScope(grants, permission, changes);
      if (beyond.length === 0) return null;
      return { kind: "out-of-scope", entities: beyond.map(({ section, id }) => `${section}/${id}`) };
    },
    change: (epoch) => apply(call, patch, { ...options, ifEpoch: epoch }),
  });
}

async function apply(call: Call, patch: TablePatch, options: ApplyOptions): Promise<Result<Applied, Refusal>> {
  const applied = await reach(call, "routing table", () => call.deps.table.apply(patch, options));
  if (!applied.ok) return applied;
  return applied.value.ok ? ok(applied.value.value) : err(toRefusal(applied.value.error));
}
