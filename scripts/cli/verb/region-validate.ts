import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { validationSchema } from "../../../workers/control/schema/failover.ts";
import type { Cli } from "../cli.ts";
import { columns } from "../columns.ts";

export function declareRegionValidate(group: Command, cli: Cli): void {
  cli
    .verb(group, "validate")
    .description("whether nobody is sent to a region that is failed over, and its targets are well")
    .requiredOption("--region <id>", "the region that is failed over, or to which others are")
    .action(
      cli.act(async ({ client }, { region }: { readonly region: string }) => {
        const reply = await client.send("POST", "/failovers/validate", validationSchema, { region });
        if (!reply.ok) return reply;
        const { failover, checks } = reply.value;
        if (failover === null)
          return ok({ json: reply.value, text: null, refusals: [`no failover leaves ${region} or leads there`] });
        const rows = checks.map((check) => [check.name, check.ok ? "ok" : "FAILED", check.detail]);
        const wrong = checks.filter((check) => !check.ok).map(({ name, detail }) => `${name}: ${detail}`);
        return ok({ json: reply.value, text: columns(["CHECK", "RESULT", "DETAIL"], rows), refusals: wrong });
      }),
    );
}
