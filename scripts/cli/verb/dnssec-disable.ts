import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { type DsGone, dnssecSchema } from "../../../workers/control/schema/dnssec.ts";
import type { Cli } from "../cli.ts";
import { dnssecPath } from "../dnssec-path.ts";
import { dnssecReport } from "../dnssec-report.ts";

export function declareDnssecDisable(group: Command, cli: Cli): void {
  cli
    .verb(group, "disable")
    .description("stop signing a zone when no cache holds its DS any more")
    .argument("<zone>")
    .requiredOption("--ds-gone", "no server of the parent shows a DS any more")
    .action(
      cli.act(async ({ client }, zone: string) => {
        const gone: DsGone = { isDsGone: true };
        const left = await client.send("DELETE", dnssecPath(zone), dnssecSchema, gone);
        return left.ok ? ok({ json: left.value, text: dnssecReport(left.value) }) : left;
      }),
    );
}
