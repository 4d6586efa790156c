import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import type { AppliedReply } from "../../../workers/control/schema/table.ts";
import { changeLines } from "../change-lines.ts";
import type { Cli } from "../cli.ts";
import { parseEpoch } from "../epoch.ts";
import { readPatch } from "../patch-file.ts";

export function declareTableApply(group: Command, cli: Cli): void {
  cli
    .verb(group, "apply")
    .description("change the table by a patch, whole or not at all")
    .argument("<file>", "a JSON merge patch over the table, as YAML or JSON; - is the standard input")
    .option("--if-epoch <epoch>", "refuse when the table has moved on from this epoch", parseEpoch)
    .action(
      cli.act(async ({ client, terminal }, file: string, { ifEpoch }: { readonly ifEpoch?: number }) => {
        const patch = await readPatch(file, terminal);
        if (!patch.ok) return patch;
        const applied = await client.send<AppliedReply>("POST", "/table/apply", patch.value, ifEpoch);
        if (!applied.ok) return applied;
        const { epoch, changes } = applied.value;
        return ok({ json: applied.value, text: [...changeLines(changes), `the epoch is ${epoch}`].join("\n") });
      }),
    );
}
