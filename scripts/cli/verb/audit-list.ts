import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { type AuditEntryReply, auditEntryReplySchema } from "../../../workers/control/schema/audit.ts";
import { MAX_PAGE } from "../../../workers/control/schema/page.ts";
import { type AuditFilterOptions, filterQuery, withFilter } from "../audit-filter.ts";
import type { Cli } from "../cli.ts";
import { columns } from "../columns.ts";
import { cutNote, limited, readNewest } from "../newest.ts";

const MAX_CHANGES_SHOWN = 2;

export function declareAuditList(group: Command, cli: Cli): void {
  limited(withFilter(cli.verb(group, "ls")), 50, MAX_PAGE)
    .description("what was attempted, newest first")
    .action(
      cli.act(async ({ client }, { limit, ...filter }: AuditFilterOptions & { readonly limit: number }) => {
        const entries = await readNewest(client, `/audit${filterQuery(filter)}`, limit, auditEntryReplySchema);
        if (!entries.ok) return entries;
        const { items } = entries.value;
        const headings = ["ENTRY", "AT", "PRINCIPAL", "ADDRESS", "ACTION", "TARGET", "CHANGED", "RESULT"];
        const list = columns(headings, items.map(toRow));
        return ok({ json: items, text: [list, ...cutNote(entries.value, limit, MAX_PAGE)].join("\n\n") });
      }),
    );
}

function toRow({
  seq,
  at,
  principal,
  address,
  action,
  target,
  changes,
  rest,
  result,
  attempts,
}: AuditEntryReply): string[] {
  const status = result.status === null ? "" : ` ${result.status}`;
  const reason = result.reason === null ? "" : ` ${result.reason}`;
  return [
    String(seq),
    at,
    principal?.name ?? "-",
    address ?? "several",
    action.permission ?? action.method,
    target,
    changedWords(changes, rest?.count ?? 0),
    `${result.outcome}${status}${reason}${attempts === 1 ? "" : ` ×${attempts}`}`,
  ];
}

/** What was changed, which the path of a request need not name. */
function changedWords(changes: AuditEntryReply["changes"], rest: number): string {
  const shown = changes.slice(0, MAX_CHANGES_SHOWN).map(({ what }) => what);
  const more = changes.length - shown.length + rest;
  return [...shown, ...(more === 0 ? [] : [`${more} more`])].join(", ") || "-";
}
