import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { principalSchema } from "../../../workers/control/schema/principal.ts";
import { principalColumns, type RoleOptions, toAssignments, withRoles } from "../assignments.ts";
import type { Cli } from "../cli.ts";
import { findPrincipal } from "../find-principal.ts";

export function declarePrincipalsRoles(group: Command, cli: Cli): void {
  withRoles(cli.verb(group, "roles"))
    .description("give somebody these roles and no others; without any, none. Ends their sessions")
    .argument("<name>", "name or id")
    .action(
      cli.act(async ({ client }, name: string, options: RoleOptions) => {
        const found = await findPrincipal(client, name);
        if (!found.ok) return found;
        const path = `/principals/${encodeURIComponent(found.value.id)}`;
        const changed = await client.send("PATCH", path, principalSchema, { roles: toAssignments(options) });
        return changed.ok ? ok({ json: changed.value, text: principalColumns([changed.value]) }) : changed;
      }),
    );
}
