import type { Command } from "commander";
import { err, ok } from "../../../src/base/result.ts";
import { failoverSchema } from "../../../workers/control/schema/failover.ts";
import type { Cli } from "../cli.ts";
import { isOpen, statusWords } from "../failover-report.ts";
import { followFailover } from "../follow-failover.ts";

interface Options {
  readonly region: string;
  readonly wait?: boolean;
}

export function declareRegionFailback(group: Command, cli: Cli): void {
  cli
    .verb(group, "failback")
    .description("let a region have its traffic back, step by step, as soon as it is healthy")
    .requiredOption("--region <id>", "the region that is failed over")
    .option("--yes", "nothing more: it does not ask")
    .option("--no-wait", "do not follow it until the end")
    .action(
      cli.act(async (session, { region, wait }: Options) => {
        const { client } = session;
        const all = await client.list("/failovers", failoverSchema);
        if (!all.ok) return all;
        const open = all.value.find((failover) => failover.from === region && isOpen(failover));
        if (!open) return err({ kind: "unusable", detail: `${region} is not failed over` });
        const path = `/failovers/${encodeURIComponent(open.id)}/failback`;
        const allowed = await client.send("POST", path, failoverSchema);
        if (!allowed.ok) return allowed;
        const followed = wait === false ? allowed : await followFailover(session, allowed.value, (now) => !isOpen(now));
        return followed.ok ? ok({ json: followed.value, text: statusWords(followed.value) }) : followed;
      }),
    );
}
