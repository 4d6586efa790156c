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
  const found = faults
    .filter((fault) => !old.has(identity(fault)))
    .map((fault) => ({ fault, path: pointer(cause(fault, next, changes)) }));
  return [...Map.groupBy(found, kindOf).values()].flatMap(together).slice(0, MAX_OBJECTIONS);
}

interface Found {
  readonly fault: Fault;
  readonly path: string;
}

/** What is told as one: the rows of latency, which nobody has written, that a removal leaves without their region. */
const kindOf = ({ fault, path }: Found): unknown => (fault.at[0] === "latency" ? path : fault);

function together(alike: readonly Found[]): Objection[] {
  return alike.slice(0, 1).map(({ fault: { code, about, detail }, path }) => ({
    code,
    path,
    detail:
      alike.length === 1 ? detail : `${alike.length} rows of latency name ${about?.join("/")}, which would not exist`,
  }));
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
