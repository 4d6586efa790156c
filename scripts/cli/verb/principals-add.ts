import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { type NewPrincipal, newPrincipalReplySchema } from "../../../workers/control/schema/principal.ts";
import { principalColumns, type RoleOptions, toAssignments, withRoles } from "../assignments.ts";
import type { Cli } from "../cli.ts";

export function declarePrincipalsAdd(group: Command, cli: Cli): void {
  withRoles(cli.verb(group, "add"))
    .description("add a person, whose first password is shown once, or a machine")
    .argument("<name>", "what a person signs in with")
    .option("--machine", "a machine, which has tokens and no password")
    .option("--email <address>", "by which Cloudflare Access knows a person")
    .action(
      cli.act(async ({ client }, name: string, options: RoleOptions & { machine?: true; email?: string }) => {
        const wanted: NewPrincipal = {
          name,
          kind: options.machine ? "machine" : "person",
          email: options.email ?? null,
          roles: toAssignments(options),
        };
        const made = await client.send("POST", "/principals", newPrincipalReplySchema, wanted);
        if (!made.ok) return made;
        const { password } = made.value;
        const first = password === null ? "" : `\nfirst password, shown this once: ${password}`;
        return ok({ json: made.value, text: `${principalColumns([made.value])}${first}` });
      }),
    );
}
