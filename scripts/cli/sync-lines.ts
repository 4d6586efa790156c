import { styleText } from "node:util";
import type { Drift } from "../../src/dns/sync/drift.ts";
import type { SyncChange, SyncPlan } from "../../src/dns/sync/plan.ts";
import type { PlainRecord, ProviderRecord } from "../../src/dns/sync/record.ts";
import type { PlainZone } from "../../src/geodns/plain-records.ts";
import { isColoured } from "./change-lines.ts";
import type { Terminal } from "./cli.ts";
import { printable } from "./columns.ts";

const COLOURS = { create: "green", update: "yellow", delete: "red" } as const;

/** A line for each record that is created (+), changed (~) or removed (-), then what is kept. */
export function syncLines(
  { changes, kept, theirs }: SyncPlan,
  terminal: Pick<Terminal, "isTerminal" | "env">,
): string[] {
  const lines = changes.map((change) => {
    const line = printable(lineOf(change));
    return isColoured(terminal) ? styleText(COLOURS[change.kind], line, { validateStream: false }) : line;
  });
  const counts = `${kept} right already, ${theirs} not ours`;
  return changes.length === 0 ? [`nothing to change: ${counts}`] : [...lines, counts];
}

function lineOf(change: SyncChange): string {
  switch (change.kind) {
    case "create":
      return `+ ${words(change.record)}`;
    case "delete":
      return `- ${words(change.before)}`;
    case "update":
      return `~ ${words(change.before)}${proxied(change.before)} → ${change.record.value} (${change.record.ttlSeconds} s)`;
  }
}

/** What the zone there cannot have as it is here. */
export const noteLines = ({ notes }: PlainZone): string[] =>
  notes.map(({ id, detail }) => printable(`note: ${id}: ${detail}`));

/** What stands in the way, where nothing is changed. */
export const conflictLines = ({ conflicts }: SyncPlan): string[] =>
  conflicts.flatMap(({ name, type, theirs }) => [
    printable(`${name} ${type} is not written, because records that are not ours stand there:`),
    ...theirs.map((record) => printable(`  ${words(record)}`)),
  ]);

export function driftLine(drift: Drift): string {
  switch (drift.kind) {
    case "changed-there":
      return printable(`changed there: ${words(drift.record)}${proxied(drift.record)}`);
    case "changed-here":
      return printable(`changed here: ${words(drift.before)} → ${drift.record.value} (${drift.record.ttlSeconds} s)`);
    case "missing-there":
      return printable(`missing there: ${words(drift.record)}`);
    case "gone-here":
      return printable(`no longer here: ${words(drift.record)}`);
    case "in-the-way":
      return printable(`not ours, and in the way: ${words(drift.record)}`);
  }
}

const words = ({ name, type, value, ttlSeconds }: PlainRecord) => `${name} ${type} ${value} (${ttlSeconds} s)`;
const proxied = ({ isProxied }: ProviderRecord) => (isProxied ? ", proxied" : "");
