import { type Command, Option } from "commander";
import { ok } from "../../../src/base/result.ts";
import { dnssecSchema, type RolloverRequest, rolloverPlanSchema } from "../../../workers/control/schema/dnssec.ts";
import type { Cli } from "../cli.ts";
import { dnssecPath } from "../dnssec-path.ts";
import { dnssecReport, phaseColumns } from "../dnssec-report.ts";

interface Options extends RolloverRequest {
  readonly apply?: boolean;
}

export function declareDnssecRollover(group: Command, cli: Cli): void {
  cli
    .verb(group, "rollover")
    .description("the plan of a rollover of keys; with --apply it begins")
    .argument("<zone>")
    .addOption(new Option("--role <role>", "which keys").choices(["zsk", "ksk"]).makeOptionMandatory())
    .option("--apply", "begin it")
    .action(
      cli.act(async ({ client }, zone: string, { role, apply }: Options) => {
        const wanted: RolloverRequest = { role };
        const plan = await client.send("POST", `${dnssecPath(zone)}/rollover/plan`, rolloverPlanSchema, wanted);
        if (!plan.ok) return plan;
        const phases = phaseColumns(plan.value);
        if (apply !== true) return ok({ json: plan.value, text: phases });
        const begun = await client.send("POST", `${dnssecPath(zone)}/rollover`, dnssecSchema, wanted);
        if (!begun.ok) return begun;
        return ok({ json: begun.value, text: `${phases}\n\n${dnssecReport(begun.value)}` });
      }),
    );
}
