import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { tablePlanSchema } from "../../../workers/control/schema/table.ts";
import { changeLines } from "../change-lines.ts";
import type { Cli } from "../cli.ts";
import { explainField } from "../failure.ts";
import { readPatch } from "../patch-file.ts";
import { warningLines } from "../warning-lines.ts";

export function declareTablePlan(group: Command, cli: Cli): void {
  cli
    .verb(group, "plan")
    .description("what applying a patch would change; exit 1 when it would be refused")
    .argument("<file>", "a JSON merge patch over the table, as YAML or JSON; - is the standard input")
    .action(
      cli.act(async ({ client, terminal }, file: string) => {
        const patch = await readPatch(file, terminal);
        if (!patch.ok) return patch;
        const plan = await client.send("POST", "/table/plan", tablePlanSchema, patch.value);
        if (!plan.ok) return plan;
        const { epoch, changes, objections, warnings } = plan.value;
        // Of what is refused whole, that nothing changes goes without saying.
        const changed = changes.length === 0 && objections.length > 0 ? [] : changeLines(changes, terminal);
        const text = [`at epoch ${epoch}:`, ...changed, ...warningLines(warnings)].join("\n");
        if (objections.length === 0) return ok({ json: plan.value, text });
        return ok({ json: plan.value, text, refusals: ["it would be refused:", ...objections.map(explainField)] });
      }),
    );
}
