import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { zoneExportSchema } from "../../../workers/control/schema/dns.ts";
import type { Cli } from "../cli.ts";

export function declareZoneExport(group: Command, cli: Cli): void {
  cli
    .verb(group, "export")
    .description("a zone as a zone file (RFC 1035), without what is steered")
    .argument("<zone>")
    .action(
      cli.act(async ({ client }, zone: string) => {
        const exported = await client.get(`/dns/zones/${encodeURIComponent(zone)}/export`, zoneExportSchema);
        return exported.ok ? ok({ json: exported.value, text: exported.value.zoneFile.trimEnd() }) : exported;
      }),
    );
}
