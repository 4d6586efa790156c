import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import type { Cli } from "../cli.ts";
import { findPrincipal } from "../find-principal.ts";

export function declarePrincipalsRemove(group: Command, cli: Cli): void {
  cli
    .verb(group, "rm")
    .description("remove somebody, with all sessions and tokens")
    .argument("<name>", "name or id")
    .action(
      cli.act(async ({ client }, name: string) => {
        const found = await findPrincipal(client, name);
        if (!found.ok) return found;
        const removed = await client.send("DELETE", `/principals/${encodeURIComponent(found.value.id)}`, null);
        return removed.ok ? ok({ json: { removed: found.value.id }, text: `${found.value.name} is gone` }) : removed;
      }),
    );
}
