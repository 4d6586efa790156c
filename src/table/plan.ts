import { apply } from "./apply.ts";
import { type Change, MAX_OBJECTIONS, type Objection, pointer } from "./change.ts";
import type { Fault } from "./fault.ts";
import { faultsOf, isMember } from "./integrity.ts";
import { applyPatch, type Patched } from "./patch.ts";
import { withSerials } from "./serial.ts";
import type { Section, Table } from "./table.ts";

/** What a patch would do, and all that speaks against it. It may be applied when there are no objections. */
export function plan(table: Table, patch: unknown): Patched {
  const patched = applyPatch(table, patch);
  if (patched.objections.length > 0) return patched;
  const objections = review(table, patched.next, patched.changes);
  const changes = withSerials(table, patched.next, patched.changes);
  return { next: changes === patched.changes ? patched.next : apply(table, changes), changes, objections };
}

/**
 * Where the entities of `next`, which is `table` after `changes`, do not agree. The whole table must hold
 * together, not only what was touched. A fault that it had before is no objection: after a deployment that
 * tightens a rule, an operator must still be able to change weights.
 */
export function review(table: Table, next: Table, changes: readonly Change[]): Objection[] {
  if (changes.length === 0) return [];
  const faults = faultsOf(next);
  if (faults.length === 0) return [];
  const old = new Set(faultsOf(table).map(identity));
  return faults
    .filter((fault) => !old.has(identity(fault)))
    .slice(0, MAX_OBJECTIONS)
    .map((fault) => ({ code: fault.code, path: pointer(cause(fault, next, changes)), detail: fault.detail }));
}

const identity = ({ code, at, about, detail }: Fault) => [code, ...at, ...(about ?? []), detail].join("\n");

/** The part of the patch that brings a fault about: the removal of what is referred to, else the entity itself. */
function cause(fault: Fault, next: Table, changes: readonly Change[]): readonly string[] {
  const find = (section: Section, id: string) =>
    changes.find((change) => change.section === section && change.id === id);
  const [section, id] = fault.at;
  const own = find(section, id);
  const other = fault.about && find(...fault.about);
  if (fault.about && other && (other.after === null || !own)) return fault.about;
  if (own) return fault.at;
  // A service that was not touched has lost what served it.
  const service = section === "services" ? next.services.get(id) : undefined;
  const culprit =
    changes.find((change) => change.section === "backends" && service && isMember(service, change.id)) ??
    changes.find((change) => change.section === "regions");
  return culprit ? [culprit.section, culprit.id] : fault.at;
}
