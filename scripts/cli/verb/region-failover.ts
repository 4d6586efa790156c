import type { Command } from "commander";
import { err, ok } from "../../../src/base/result.ts";
import { failoverPlanSchema } from "../../../src/failover/plan.ts";
import { type FailoverRequest, failoverSchema } from "../../../workers/control/schema/failover.ts";
import type { Cli } from "../cli.ts";
import { confirm } from "../confirm.ts";
import { planReport, statusWords } from "../failover-report.ts";
import { followFailover } from "../follow-failover.ts";

interface Options {
  readonly from: string;
  readonly to?: string;
  readonly reason: string;
  readonly plan?: true;
  readonly yes?: true;
  readonly force?: true;
  readonly json?: boolean;
}

export function declareRegionFailover(group: Command, cli: Cli): void {
  cli
    .verb(group, "failover")
    .description("move the traffic of a region elsewhere")
    .requiredOption("--from <region>", "the region that is to be left")
    .option("--to <region>", "where all of it is to go (default: where it is best)")
    .option("--reason <text>", "why, for the record", "asked for on the command line")
    .option("--plan", "say where it would go, and move nothing")
    .option("--yes", "without being asked")
    .option("--force", "even if targets become too full, or clients are left with no region")
    .action(
      cli.act(async (session, { from, to, reason, plan, yes, force, json }: Options) => {
        const { client, terminal } = session;
        const way = { from, ...(to === undefined ? {} : { to }) };
        const planned = await client.send("POST", "/failovers/plan", failoverPlanSchema, way);
        // Force may go on without a plan.
        if (!planned.ok && (!force || plan)) return planned;
        if (plan && planned.ok) return ok({ json: planned.value, text: planReport(planned.value) });
        if (planned.ok && json !== true) terminal.err(`${planReport(planned.value)}\n\n`);
        if (!yes) {
          if (terminal.ask === null) return err({ kind: "unasked" });
          const confirmed = await confirm(terminal.ask, `Move the traffic of ${from}?`);
          if (!confirmed.ok) return confirmed;
        }
        const wanted: FailoverRequest = { ...way, reason, ...(force ? { force } : {}) };
        const begun = await client.send("POST", "/failovers", failoverSchema, wanted);
        if (!begun.ok) return begun;
        const followed = await followFailover(session, begun.value, ({ status }) => status !== "running");
        if (!followed.ok) return followed;
        const { status, failure } = followed.value;
        const refusals = status === "rolled-back" ? [failure ?? "rolled back"] : [];
        return ok({ json: followed.value, text: statusWords(followed.value), refusals });
      }),
    );
}
