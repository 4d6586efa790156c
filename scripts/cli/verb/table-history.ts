import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { MAX_PAGE } from "../../../workers/control/schema/page.ts";
import { historyEntrySchema } from "../../../workers/control/schema/table.ts";
import type { Cli } from "../cli.ts";
import { columns } from "../columns.ts";
import { cutNote, limited, readNewest } from "../newest.ts";

export function declareTableHistory(group: Command, cli: Cli): void {
  limited(cli.verb(group, "history"), 20, MAX_PAGE)
    .description("what changed the table, newest first")
    .action(
      cli.act(async ({ client }, { limit }: { readonly limit: number }) => {
        const history = await readNewest(client, "/table/history", limit, historyEntrySchema);
        if (!history.ok) return history;
        const { items } = history.value;
        const rows = items.map((entry) => [
          String(entry.epoch),
          entry.at,
          entry.principal,
          String(entry.changes.length),
          entry.summary,
        ]);
        const list = columns(["EPOCH", "AT", "BY", "CHANGES", "SUMMARY"], rows);
        return ok({ json: items, text: [list, ...cutNote(history.value, limit, MAX_PAGE)].join("\n\n") });
      }),
    );
}
