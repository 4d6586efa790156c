import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { dnssecSchema } from "../../../workers/control/schema/dnssec.ts";
import type { Cli } from "../cli.ts";
import { dnssecPath } from "../dnssec-path.ts";
import { dnssecReport } from "../dnssec-report.ts";

export function declareDnssecEnable(group: Command, cli: Cli): void {
  cli
    .verb(group, "enable")
    .description("sign a zone; nobody checks it until its parent has the DS")
    .argument("<zone>")
    .action(
      cli.act(async ({ client }, zone: string) => {
        const signed = await client.send("PUT", dnssecPath(zone), dnssecSchema);
        return signed.ok ? ok({ json: signed.value, text: dnssecReport(signed.value) }) : signed;
      }),
    );
}
