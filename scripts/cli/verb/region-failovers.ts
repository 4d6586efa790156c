import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { failoverSchema } from "../../../workers/control/schema/failover.ts";
import type { Cli } from "../cli.ts";
import { failoverColumns, failoverCourse } from "../failover-report.ts";
import { watchable, watched } from "../watched.ts";

export function declareRegionFailovers(group: Command, cli: Cli): void {
  watchable(cli.verb(group, "failovers"))
    .description("the failovers there have been, the newest first")
    .option("--region <id>", "of this region alone, with their stages and what has happened since")
    .action(
      cli.act(
        watched(async ({ client }, { region }: { readonly region?: string }) => {
          const all = await client.list("/failovers", failoverSchema);
          if (!all.ok) return all;
          const wanted = all.value.filter(({ from }) => region === undefined || from === region);
          const courses = region === undefined ? [] : wanted.map(failoverCourse);
          const text = wanted.length === 0 ? "none" : [failoverColumns(wanted), ...courses].join("\n\n");
          return ok({ json: wanted, text });
        }),
      ),
    );
}
