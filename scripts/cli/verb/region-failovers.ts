import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { failoverSchema } from "../../../workers/control/schema/failover.ts";
import type { Cli } from "../cli.ts";
import { failoverColumns } from "../failover-report.ts";
import { watchable, watched } from "../watched.ts";

export function declareRegionFailovers(group: Command, cli: Cli): void {
  watchable(cli.verb(group, "failovers"))
    .description("the failovers there have been, the newest first")
    .action(
      cli.act(
        watched(async ({ client }, _options: object) => {
          const all = await client.list("/failovers", failoverSchema);
          if (!all.ok) return all;
          return ok({ json: all.value, text: all.value.length === 0 ? "none" : failoverColumns(all.value) });
        }),
      ),
    );
}
