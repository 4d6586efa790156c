import { styleText } from "node:util";
import type { TablePlanReply } from "../../workers/control/schema/table.ts";
import type { Terminal } from "./cli.ts";
import { printable } from "./columns.ts";

type Changes = TablePlanReply["changes"];

const colours = { "+": "green", "-": "red", "~": "yellow" } as const;
type Mark = keyof typeof colours;

/** Whether to colour: for people at a terminal who have not asked for none (no-color.org). */
export const isColoured = ({ isTerminal, env }: Pick<Terminal, "isTerminal" | "env">) => isTerminal && !env.NO_COLOR;

/** A line for each entity that comes (+) or goes (-), and for each field that changes (~). */
export function changeLines(changes: Changes, terminal: Pick<Terminal, "isTerminal" | "env">): string[] {
  if (changes.length === 0) return ["nothing changes"];
  const line = (mark: Mark, text: string) => {
    const plain = printable(`${mark} ${text}`);
    return isColoured(terminal) ? styleText(colours[mark], plain, { validateStream: false }) : plain;
  };
  return changes.flatMap(({ section, id, before, after }) => {
    const name = `${section}/${id}`;
    if (before === null) return [line("+", name)];
    if (after === null) return [line("-", name)];
    return differences(before, after).map((difference) => line("~", `${name} ${difference}`));
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
