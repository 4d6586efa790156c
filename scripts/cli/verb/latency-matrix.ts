import { type Command, InvalidArgumentError } from "commander";
import { ok } from "../../../src/base/result.ts";
import { isVantage } from "../../../src/table/region.ts";
import { latencyEntrySchema, measureReplySchema } from "../../../workers/control/schema/latency.ts";
import type { Cli } from "../cli.ts";
import { latencyMatrix, latencyRows, measurementRows } from "../latency-columns.ts";

interface Options {
  readonly source?: string;
  readonly target?: string;
  readonly vantages?: true;
  readonly measure?: true;
  readonly count?: number;
}

export function declareLatencyMatrix(group: Command, cli: Cli): void {
  cli
    .verb(group, "latency-matrix")
    .description("round trips between regions as the nodes measure them, and from colos as the edges learn them")
    .option("--source <source>", "from this region, this colo (colo:FRA), or this vantage of health checks (weur)")
    .option("--target <region>", "to this region")
    .option("--vantages", "also from where the backends' health is checked")
    .option("--measure", "have the nodes measure now, and show what that finds")
    .option("--count <count>", "requests for each pair, with --measure", parseCount)
    .hook("preAction", refuseMismatch)
    .action(
      cli.act(async ({ client }, { source, target, vantages, measure, count }: Options) => {
        const query = new URLSearchParams({
          ...(source === undefined ? {} : { source }),
          ...(target === undefined ? {} : { target }),
        });
        if (measure) {
          const reply = await client.send("POST", "/latency-matrix/measure", measureReplySchema, {
            source,
            target,
            count,
          });
          if (!reply.ok) return reply;
          const { results } = reply.value;
          const refusals = results
            .filter(({ measured }) => measured === null || measured.loss === 1)
            .map(({ source, target, error }) => `${source} to ${target}: ${error ?? "every request was lost"}`);
          return ok({ json: results, text: measurementRows(results), refusals });
        }
        const entries = await client.list(`/latency-matrix${query.size === 0 ? "" : `?${query}`}`, latencyEntrySchema);
        if (!entries.ok) return entries;
        const shown = entries.value.filter((entry) => vantages || entry.source === source || !isVantage(entry.source));
        const all = source === undefined && target === undefined;
        return ok({ json: shown, text: all ? latencyMatrix(shown) : latencyRows(shown) });
      }),
    );
}

/** Usage that the options only show together. */
function refuseMismatch(command: Command): void {
  const { source, measure, count } = command.opts<Options>();
  if (!measure && count !== undefined) command.error("error: --count is of a measurement; expected --measure with it");
  if (measure && isVantage(source ?? ""))
    command.error("error: vantages measure with each check of health; expected a region as --source with --measure");
  if (measure && source?.startsWith("colo:"))
    command.error("error: colos learn and do not measure; expected a region as --source with --measure");
}

function parseCount(text: string): number {
  if (!/^\d{1,2}$/.test(text)) throw new InvalidArgumentError("Expected a whole number, such as 5.");
  return Number(text);
}
