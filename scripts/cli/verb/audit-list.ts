import { type Command, InvalidArgumentError } from "commander";
import { ok } from "../../../src/base/result.ts";
import { type AuditEntryReply, auditEntryReplySchema } from "../../../workers/control/schema/audit.ts";
import { MAX_PAGE, pageSchema } from "../../../workers/control/schema/page.ts";
import { type AuditFilterOptions, filterQuery, withFilter } from "../audit-filter.ts";
import type { Cli } from "../cli.ts";
import { columns } from "../columns.ts";

/** A page may be short, even empty, where little matches: so many are asked for to fill the list. */
const MAX_PAGES = 100;
const MAX_CHANGES_SHOWN = 2;

export function declareAuditList(group: Command, cli: Cli): void {
  withFilter(cli.verb(group, "ls"))
    .description("what was attempted, newest first")
    .option("--limit <count>", `at most this many, 1 to ${MAX_PAGE}`, parseLimit, 50)
    .action(
      cli.act(async ({ client }, { limit, ...filter }: AuditFilterOptions & { readonly limit: number }) => {
        const entries: AuditEntryReply[] = [];
        let cursor: string | undefined;
        for (let pages = 0; pages < MAX_PAGES; pages++) {
          const more = { limit: String(limit - entries.length), ...(cursor === undefined ? {} : { cursor }) };
          const page = await client.get(`/audit${filterQuery(filter, more)}`, pageSchema(auditEntryReplySchema));
          if (!page.ok) return page;
          entries.push(...page.value.items);
          cursor = page.value.cursor;
          if (cursor === undefined || entries.length >= limit) break;
        }
        const headings = ["ENTRY", "AT", "PRINCIPAL", "ADDRESS", "ACTION", "TARGET", "CHANGED", "RESULT"];
        return ok({ json: entries, text: columns(headings, entries.map(toRow)) });
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

function parseLimit(text: string): number {
  const limit = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > MAX_PAGE) throw new InvalidArgumentError(`Expected 1 to ${MAX_PAGE}.`);
  return limit;
}
