import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { type AuditFilterOptions, filterQuery, withFilter } from "../audit-filter.ts";
import type { Cli } from "../cli.ts";

export function declareAuditExport(group: Command, cli: Cli): void {
  withFilter(cli.verb(group, "export"))
    .description("the whole log as JSON Lines, for audit verify --file; with a filter, the entries alone")
    .action(
      cli.act(async ({ client, terminal }, filter: AuditFilterOptions) => {
        const exported = await client.lines(`/audit/export${filterQuery(filter)}`, async (lines) => {
          for await (const line of lines) terminal.out(`${line}\n`);
        });
        return exported.ok ? ok({ json: null, text: null }) : exported;
      }),
    );
}
