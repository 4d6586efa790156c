import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { appliedPatchSchema } from "../../../workers/control/schema/table.ts";
import { agree } from "../agree.ts";
import { changeLines } from "../change-lines.ts";
import type { Cli } from "../cli.ts";
import { parseEpoch } from "../epoch.ts";
import { readPatch } from "../patch-file.ts";
import { warningLines } from "../warning-lines.ts";

interface Options {
  readonly ifEpoch?: number;
  readonly yes?: boolean;
  readonly force?: boolean;
}

export function declareTableApply(group: Command, cli: Cli): void {
  cli
    .verb(group, "apply")
    .description("change the table by a patch, whole or not at all")
    .argument("<file>", "a JSON merge patch over the table, as YAML or JSON; - is the standard input")
    .option("--if-epoch <epoch>", "refuse when the table has moved on from this epoch", parseEpoch)
    .option("--force", "even if it bans your own address, or a very wide network")
    .option("--yes", "do not ask; where nobody can be asked, what would meet customers needs it")
    .action(
      cli.act(async (session, file: string, { ifEpoch, yes, force }: Options) => {
        const { client, terminal } = session;
        const patch = await readPatch(file, terminal);
        if (!patch.ok) return patch;
        // The input that a patch comes by cannot answer as well.
        const asked = file === "-" ? { ...session, terminal: { ...terminal, ask: null } } : session;
        const agreed = yes ? ok(null) : await agree(asked, "/table/plan", patch.value, "apply this?");
        if (!agreed.ok) return agreed;
        const epoch = ifEpoch ?? agreed.value ?? undefined;
        const applied = await client.send(
          "POST",
          `/table/apply${force ? "?force=true" : ""}`,
          appliedPatchSchema,
          patch.value,
          epoch,
        );
        if (!applied.ok) return applied;
        // Whoever agreed has seen the changes.
        const { changes, warnings = [] } = applied.value;
        const seen = agreed.value === null ? [...changeLines(changes, terminal), ...warningLines(warnings)] : [];
        return ok({ json: applied.value, text: [...seen, `the epoch is ${applied.value.epoch}`].join("\n") });
      }),
    );
}
