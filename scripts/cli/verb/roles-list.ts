import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { roleSchema } from "../../../workers/control/schema/role.ts";
import type { Cli } from "../cli.ts";
import { roleColumns } from "../role-columns.ts";

export function declareRolesList(group: Command, cli: Cli): void {
  cli
    .verb(group, "ls", { isDefault: true })
    .description("the roles that there are, and what each may do")
    .action(
      cli.act(async ({ client }) => {
        const all = await client.list("/roles", roleSchema);
        return all.ok ? ok({ json: all.value, text: roleColumns(all.value) }) : all;
      }),
    );
}
