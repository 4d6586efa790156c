import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { roleSchema } from "../../../workers/control/schema/role.ts";
import type { Cli } from "../cli.ts";
import { roleColumns } from "../role-columns.ts";

export function declareRolesSet(group: Command, cli: Cli): void {
  cli
    .verb(group, "set")
    .alias("add")
    .description("make a role, or replace it; the sessions of who has it end")
    .argument("<name>")
    .argument("<permissions...>", "such as weights:write, blacklist:* or *:read")
    .action(
      cli.act(async ({ client }, name: string, permissions: readonly string[]) => {
        const role = await client.send("PUT", `/roles/${encodeURIComponent(name)}`, roleSchema, { permissions });
        return role.ok ? ok({ json: role.value, text: roleColumns([role.value]) }) : role;
      }),
    );
}
