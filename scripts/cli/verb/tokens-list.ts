import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { tokenSchema } from "../../../workers/control/schema/token.ts";
import type { Cli } from "../cli.ts";
import { principalNames } from "../principal-names.ts";
import { tokenColumns } from "../token-columns.ts";

export function declareTokensList(group: Command, cli: Cli): void {
  cli
    .verb(group, "ls")
    .description("the tokens of machines, and when each was last used")
    .action(
      cli.act(async ({ client }) => {
        const all = await client.list("/tokens", tokenSchema);
        if (!all.ok) return all;
        return ok({ json: all.value, text: tokenColumns(all.value, await principalNames(client)) });
      }),
    );
}
