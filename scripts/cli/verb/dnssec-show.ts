import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { dnssecSchema } from "../../../workers/control/schema/dnssec.ts";
import type { Cli } from "../cli.ts";
import { dnssecPath } from "../dnssec-path.ts";
import { dnssecReport } from "../dnssec-report.ts";

export function declareDnssecShow(group: Command, cli: Cli): void {
  cli
    .verb(group, "show")
    .description("the keys of a zone, and the DS for its parent")
    .argument("<zone>")
    .action(
      cli.act(async ({ client }, zone: string) => {
        const shown = await client.get(dnssecPath(zone), dnssecSchema);
        return shown.ok ? ok({ json: shown.value, text: dnssecReport(shown.value) }) : shown;
      }),
    );
}
