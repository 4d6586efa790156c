import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { principalSchema } from "../../../workers/control/schema/principal.ts";
import { principalColumns } from "../assignments.ts";
import type { Cli } from "../cli.ts";

export function declarePrincipalsList(group: Command, cli: Cli): void {
  cli
    .verb(group, "ls")
    .description("who may use the control plane, and as what")
    .action(
      cli.act(async ({ client }) => {
        const all = await client.list("/principals", principalSchema);
        return all.ok ? ok({ json: all.value, text: principalColumns(all.value) }) : all;
      }),
    );
}
