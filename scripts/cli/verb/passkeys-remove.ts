import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import type { Cli } from "../cli.ts";

export function declarePasskeysRemove(group: Command, cli: Cli): void {
  cli
    .verb(group, "rm")
    .description("remove a passkey of yours, as when its device is lost")
    .argument("<id>", "as ls shows it")
    .action(
      cli.act(async ({ client }, id: string) => {
        const removed = await client.send("DELETE", `/passkeys/${encodeURIComponent(id)}`, null);
        return removed.ok ? ok({ json: { removed: id }, text: `${id} lets nobody in any more` }) : removed;
      }),
    );
}
