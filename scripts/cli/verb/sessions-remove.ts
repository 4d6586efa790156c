import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import type { Cli } from "../cli.ts";

export function declareSessionsRemove(group: Command, cli: Cli): void {
  cli
    .verb(group, "rm")
    .description("end a session, everywhere within a second")
    .argument("<id>", "as ls shows it")
    .action(
      cli.act(async ({ client }, id: string) => {
        const removed = await client.send("DELETE", `/sessions/${encodeURIComponent(id)}`, null);
        return removed.ok ? ok({ json: { removed: id }, text: `${id} is over` }) : removed;
      }),
    );
}
