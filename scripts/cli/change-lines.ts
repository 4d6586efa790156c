import type { TablePlanReply } from "../../workers/control/schema/table.ts";
import { printable } from "./columns.ts";

type Changes = TablePlanReply["changes"];

/** A line for each entity that comes (+) or goes (-), and for each field that changes (~). */
export function changeLines(changes: Changes): string[] {
  if (changes.length === 0) return ["nothing changes"];
  return changes.flatMap(({ section, id, before, after }) => {
    const name = `${section}/${id}`;
    if (before === null) return [printable(`+ ${name}`)];
    if (after === null) return [printable(`- ${name}`)];
    return differences(before, after).map((difference) => printable(`~ ${name} ${difference}`));
  });
}

function differences(before: unknown, after: unknown): string[] {
  const old = before as Readonly<Record<string, unknown>>;
  const next = after as Readonly<Record<string, unknown>>;
  const fields = [...new Set([...Object.keys(old), ...Object.keys(next)])];
  return fields
    .map((field) => ({ field, from: show(old[field]), to: show(next[field]) }))
    .filter(({ from, to }) => from !== to)
    .map(({ field, from, to }) => `${field}: ${from} → ${to}`);
}

const show = (value: unknown) => (value === undefined ? "nothing" : JSON.stringify(value));
