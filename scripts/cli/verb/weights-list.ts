import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { weightsSchema } from "../../../workers/control/schema/weights.ts";
import type { Cli } from "../cli.ts";
import { weightColumns } from "../weight-columns.ts";

export function declareWeightsList(group: Command, cli: Cli): void {
  cli
    .verb(group, "ls", { isDefault: true })
    .description("the weights of regions and backends")
    .action(
      cli.act(async ({ client }) => {
        const weights = await client.get("/weights", weightsSchema);
        return weights.ok ? ok({ json: weights.value, text: weightColumns(weights.value) }) : weights;
      }),
    );
}
