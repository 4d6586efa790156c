import type { Command } from "commander";
import { err, ok, type Result } from "../../../src/base/result.ts";
import { appliedSchema, tablePlanSchema } from "../../../workers/control/schema/table.ts";
import { changeLines } from "../change-lines.ts";
import type { Cli, Session } from "../cli.ts";
import { parseEpoch } from "../epoch.ts";
import type { Failure } from "../failure.ts";
import { readPatch } from "../patch-file.ts";

interface Options {
  readonly ifEpoch?: number;
  readonly yes?: boolean;
}

export function declareTableApply(group: Command, cli: Cli): void {
  cli
    .verb(group, "apply")
    .description("change the table by a patch, whole or not at all")
    .argument("<file>", "a JSON merge patch over the table, as YAML or JSON; - is the standard input")
    .option("--if-epoch <epoch>", "refuse when the table has moved on from this epoch", parseEpoch)
    .option("--yes", "do not ask; nor is anybody asked where nobody sits at a terminal")
    .action(
      cli.act(async (session, file: string, { ifEpoch, yes }: Options) => {
        const { client, terminal } = session;
        const patch = await readPatch(file, terminal);
        if (!patch.ok) return patch;
        // The input that a patch comes by cannot answer as well.
        const agreed = yes || file === "-" ? ok(null) : await agree(session, patch.value);
        if (!agreed.ok) return agreed;
        const epoch = ifEpoch ?? agreed.value ?? undefined;
        const applied = await client.send("POST", "/table/apply", appliedSchema, patch.value, epoch);
        if (!applied.ok) return applied;
        // Whoever agreed has seen the changes.
        const seen = agreed.value === null ? changeLines(applied.value.changes, terminal) : [];
        return ok({ json: applied.value, text: [...seen, `the epoch is ${applied.value.epoch}`].join("\n") });
      }),
    );
}

/**
 * Shows what would change, and asks whether it should. What is agreed to is bound to the epoch that was shown, which is
 * the result; `null` where there was nobody or nothing to ask.
 */
async function agree({ client, terminal }: Session, patch: unknown): Promise<Result<number | null, Failure>> {
  if (terminal.ask === null) return ok(null);
  const plan = await client.send("POST", "/table/plan", tablePlanSchema, patch);
  if (!plan.ok) return plan;
  const { epoch, changes, objections } = plan.value;
  // The refusal will name the objections.
  if (changes.length === 0 || objections.length > 0) return ok(null);
  terminal.err([`at epoch ${epoch}:`, ...changeLines(changes, terminal), ""].join("\n"));
  const answer = await terminal.ask("apply this? [y/N] ");
  return /^y(es)?$/i.test(answer.trim()) ? ok(epoch) : err({ kind: "declined" });
}
