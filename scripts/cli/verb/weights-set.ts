import { type Command, InvalidArgumentError } from "commander";
import { ok } from "../../../src/base/result.ts";
import { type Weights, weightsSchema } from "../../../workers/control/schema/weights.ts";
import type { Cli } from "../cli.ts";
import { weightColumns } from "../weight-columns.ts";

export function declareWeightsSet(group: Command, cli: Cli): void {
  cli
    .verb(group, "set")
    .description("set the weights of those named; the others stay as they are")
    .argument("<id=weight...>", "a region or backend and its weight, 0 to 1000", collect)
    .action(
      cli.act(async ({ client }, wanted: Weights) => {
        const weights = await client.send("PUT", "/weights", weightsSchema, wanted);
        if (!weights.ok) return weights;
        const set = Object.fromEntries(Object.entries(weights.value).filter(([id]) => Object.hasOwn(wanted, id)));
        return ok({ json: weights.value, text: weightColumns(set) });
      }),
    );
}

function collect(text: string, before: Weights | undefined): Weights {
  const [, id, digits] = /^([^=]+)=(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  if (id === undefined) throw new InvalidArgumentError("Expected id=weight, such as us-east-1=50.");
  if (before && Object.hasOwn(before, id)) throw new InvalidArgumentError(`${id} is named twice.`);
  return { ...before, [id]: Number(digits) };
}
