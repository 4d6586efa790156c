import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { rolledBackSchema } from "../../../workers/control/schema/table.ts";
import { changeLines } from "../change-lines.ts";
import type { Cli } from "../cli.ts";
import { parseEpoch } from "../epoch.ts";
import { warningLines } from "../warning-lines.ts";

interface Options {
  readonly to: number;
  readonly reason: string;
  readonly force?: boolean;
}

export function declareTableRollback(group: Command, cli: Cli): void {
  cli
    .verb(group, "rollback")
    .description("restore the configuration as it was at an epoch, as a new epoch")
    .requiredOption("--to <epoch>", "the epoch, as history shows it", parseEpoch)
    .requiredOption("--reason <text>", "why")
    .option("--force", "even if it brings back a ban of your own address, or of a very wide network")
    .action(
      cli.act(async ({ client, terminal }, { to, reason, force }: Options) => {
        const path = `/table/rollback${force ? "?force=true" : ""}`;
        const restored = await client.send("POST", path, rolledBackSchema, { epoch: to, reason });
        if (!restored.ok) return restored;
        const { epoch, changes, warnings = [] } = restored.value;
        const lines = [...changeLines(changes, terminal), ...warningLines(warnings), `the epoch is ${epoch}`];
        return ok({ json: restored.value, text: lines.join("\n") });
      }),
    );
}
