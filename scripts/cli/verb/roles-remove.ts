import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import type { Cli } from "../cli.ts";

export function declareRolesRemove(group: Command, cli: Cli): void {
  cli
    .verb(group, "rm")
    .description("remove a role that nobody has")
    .argument("<name>")
    .action(
      cli.act(async ({ client }, name: string) => {
        const removed = await client.send("DELETE", `/roles/${encodeURIComponent(name)}`, null);
        return removed.ok ? ok({ json: { removed: name }, text: `the role ${name} is gone` }) : removed;
      }),
    );
}
