import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { newPrincipalReplySchema } from "../../../workers/control/schema/principal.ts";
import type { Cli } from "../cli.ts";
import { findPrincipal } from "../find-principal.ts";

export function declarePrincipalsReset(group: Command, cli: Cli): void {
  cli
    .verb(group, "reset")
    .description("a new first password for who has lost everything; no second factor and no session is left")
    .argument("<name>", "name or id")
    .action(
      cli.act(async ({ client }, name: string) => {
        const found = await findPrincipal(client, name);
        if (!found.ok) return found;
        const path = `/principals/${encodeURIComponent(found.value.id)}/reset`;
        const reset = await client.send("POST", path, newPrincipalReplySchema);
        if (!reset.ok) return reset;
        const lines = [
          `first password, shown this once: ${reset.value.password}`,
          `${reset.value.name} signs in with it by novacron login, and sets up a second factor`,
        ];
        return ok({ json: reset.value, text: lines.join("\n") });
      }),
    );
}
