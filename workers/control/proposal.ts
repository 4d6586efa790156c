import { err, ok, type Result } from "../../src/base/result.ts";
import { lose, unknownOf } from "../../src/simulation/loss.ts";
import { pointer } from "../../src/table/change.ts";
import { composePatches } from "../../src/table/merge-patch.ts";
import { plan } from "../../src/table/plan.ts";
import type { PublishedTable, Table } from "../../src/table/table.ts";
import { invalid } from "./field-errors.ts";
import type { Refusal } from "./refusal.ts";
import { sectionOf, toPatch } from "./resource/weights.ts";
import type { Proposal } from "./schema/proposal.ts";

/** A table that is tried out. */
export interface Proposed {
  readonly published: PublishedTable;
  /** Entities that the patch and the weights change. */
  readonly changes: number;
}

/** The table as it would be; `field` is where the body has the patch. */
export function propose(
  published: PublishedTable,
  { patch, weights, down }: Proposal,
  now: number,
  field = "patch",
): Result<Proposed, Refusal> {
  const lost = unknownOf(published, down);
  if (lost.length > 0) return err({ kind: "absent", what: lost.join(", ").slice(0, 1000) });
  const changed = change(published.table, patch, weights, field);
  if (!changed.ok) return changed;
  const { next, changes } = changed.value;
  return ok({ published: lose({ ...published, table: next }, down, now), changes: changes.length });
}

function change(table: Table, patch: Proposal["patch"], weights: Proposal["weights"], field: string) {
  const unknown = Object.keys(weights).filter((id) => sectionOf(table, id) === undefined);
  if (unknown.length > 0)
    return invalid(
      unknown.map((id) => ({ path: pointer(["weights", id]), detail: `no region or backend is named ${id}` })),
    );
  const planned = plan(table, composePatches(patch, toPatch(table, weights)));
  if (planned.objections.length === 0) return ok(planned);
  const objections = planned.objections.map((each) => ({ ...each, path: bodyPath(each.path, weights, field) }));
  return err({ kind: "objections", objections } satisfies Refusal);
}

/** Where the body has what an objection points to in the composed patch. */
function bodyPath(path: string, weights: Proposal["weights"], field: string): string {
  const id = /^\/(?:regions|backends)\/([^/]+)/.exec(path)?.[1];
  return id !== undefined && Object.hasOwn(weights, id) ? pointer(["weights", id]) : `/${field}${path}`;
}
