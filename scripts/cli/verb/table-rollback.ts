import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { appliedSchema } from "../../../workers/control/schema/table.ts";
import { changeLines } from "../change-lines.ts";
import type { Cli } from "../cli.ts";
import { parseEpoch } from "../epoch.ts";

export function declareTableRollback(group: Command, cli: Cli): void {
  cli
    .verb(group, "rollback")
    .description("restore the configuration as it was at an epoch, as a new epoch")
    .requiredOption("--to <epoch>", "the epoch, as history shows it", parseEpoch)
    .requiredOption("--reason <text>", "why")
    .action(
      cli.act(async ({ client, terminal }, { to, reason }: { readonly to: number; readonly reason: string }) => {
        const applied = await client.send("POST", "/table/rollback", appliedSchema, { epoch: to, reason });
        if (!applied.ok) return applied;
        const { epoch, changes } = applied.value;
        return ok({
          json: applied.value,
          text: [...changeLines(changes, terminal), `the epoch is ${epoch}`].join("\n"),
        });
      }),
    );
}
