import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { rolledBackSchema } from "../../../workers/control/schema/table.ts";
import { agree } from "../agree.ts";
import { changeLines } from "../change-lines.ts";
import type { Cli } from "../cli.ts";
import { parseEpoch } from "../epoch.ts";
import { warningLines } from "../warning-lines.ts";

interface Options {
  readonly to: number;
  readonly reason: string;
  readonly force?: boolean;
  readonly yes?: boolean;
}

export function declareTableRollback(group: Command, cli: Cli): void {
  cli
    .verb(group, "rollback")
    .description("restore the configuration as it was at an epoch, as a new epoch")
    .requiredOption("--to <epoch>", "the epoch, as history shows it", parseEpoch)
    .requiredOption("--reason <text>", "why")
    .option("--force", "even if it brings back a ban of your own address, or of a very wide network")
    .option("--yes", "do not ask; where nobody can be asked, what would meet customers needs it")
    .action(
      cli.act(async (session, { to, reason, force, yes }: Options) => {
        const { client, terminal } = session;
        const agreed = yes ? ok(null) : await agree(session, "/table/rollback/plan", { epoch: to }, "roll back?");
        if (!agreed.ok) return agreed;
        const path = `/table/rollback${force ? "?force=true" : ""}`;
        const restored = await client.send(
          "POST",
          path,
          rolledBackSchema,
          { epoch: to, reason },
          agreed.value ?? undefined,
        );
        if (!restored.ok) return restored;
        const { epoch, changes, warnings = [] } = restored.value;
        // Whoever agreed has seen the changes, and the warnings were shown to who was not asked.
        const seen = agreed.value === null ? changeLines(changes, terminal) : [];
        const lines = [...seen, ...(yes ? warningLines(warnings) : []), `the epoch is ${epoch}`];
        return ok({ json: restored.value, text: lines.join("\n") });
      }),
    );
}
