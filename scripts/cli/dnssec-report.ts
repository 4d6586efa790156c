import type { DnssecReply, RolloverPlanReply } from "../../workers/control/schema/dnssec.ts";
import { columns } from "./columns.ts";

/** The keys of a zone, and what is to be done about its parent. */
export function dnssecReport({ zone, isSigned, keys, ds }: DnssecReply): string {
  if (keys.length === 0) return `${zone} is not signed`;
  const rows = keys.map(({ tag, role, state, activeAt, retiredAt, removedAt }) => [
    String(tag),
    role.toUpperCase(),
    state,
    activeAt,
    retiredAt ?? "-",
    removedAt ?? "-",
  ]);
  const table = columns(["TAG", "ROLE", "STATE", "SIGNS FROM", "SIGNS UNTIL", "GONE AT"], rows);
  const parent = ds.map((each) => `${each.record}\n  ${advice(each)}`);
  const none = isSigned && ds.length === 0 ? ["it is on its way to be unsigned: the parent must have no DS"] : [];
  return [table, ...parent, ...none].join("\n\n");
}

function advice({ tag, isWanted, seenAt, dueAt }: DnssecReply["ds"][number]): string {
  if (isWanted && seenAt !== null) return `at the parent since ${seenAt}`;
  if (isWanted) return `give it to the parent, alone; when every server there shows it, say so: dnssec ds-seen ${tag}`;
  return seenAt === null ? `not to be given to the parent before ${dueAt}` : "to be taken from the parent";
}

export function phaseColumns({ phases }: RolloverPlanReply): string {
  const rows = phases.map(({ kind, at, detail }) => [kind, at ?? "when you have done so", detail]);
  return columns(["PHASE", "NOT BEFORE", "WHAT"], rows);
}
