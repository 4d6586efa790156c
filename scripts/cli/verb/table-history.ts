import { type Command, InvalidArgumentError } from "commander";
import { ok } from "../../../src/base/result.ts";
import { MAX_PAGE, pageSchema } from "../../../workers/control/schema/page.ts";
import { historyEntrySchema } from "../../../workers/control/schema/table.ts";
import type { Cli } from "../cli.ts";
import { columns } from "../columns.ts";

export function declareTableHistory(group: Command, cli: Cli): void {
  cli
    .verb(group, "history")
    .description("what changed the table, newest first")
    .option("--limit <count>", `at most this many, 1 to ${MAX_PAGE}`, parseLimit, 20)
    .action(
      cli.act(async ({ client }, { limit }: { readonly limit: number }) => {
        const page = await client.get(`/table/history?limit=${limit}`, pageSchema(historyEntrySchema));
        if (!page.ok) return page;
        const { items } = page.value;
        const rows = items.map((entry) => [
          String(entry.epoch),
          entry.at,
          entry.principal,
          String(entry.changes.length),
          entry.summary,
        ]);
        return ok({ json: items, text: columns(["EPOCH", "AT", "BY", "CHANGES", "SUMMARY"], rows) });
      }),
    );
}

function parseLimit(text: string): number {
  const limit = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > MAX_PAGE) throw new InvalidArgumentError(`Expected 1 to ${MAX_PAGE}.`);
  return limit;
}
