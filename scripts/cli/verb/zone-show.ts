import type { Command } from "commander";
import { stringify } from "yaml";
import { ok } from "../../../src/base/result.ts";
import { zoneEntrySchema } from "../../../workers/control/schema/entity.ts";
import { recordSetEntrySchema } from "../../../workers/control/schema/record-set.ts";
import type { Cli } from "../cli.ts";
import { recordColumns } from "../record-columns.ts";

export function declareZoneShow(group: Command, cli: Cli): void {
  cli
    .verb(group, "show")
    .description("a zone with its record sets")
    .argument("<zone>")
    .action(
      cli.act(async ({ client }, id: string) => {
        const path = `/dns/zones/${encodeURIComponent(id)}`;
        const zone = await client.get(path, zoneEntrySchema);
        if (!zone.ok) return zone;
        const records = await client.list(`${path}/records`, recordSetEntrySchema);
        if (!records.ok) return records;
        const text = [stringify(zone.value), recordColumns(records.value)].join("\n");
        return ok({ json: { ...zone.value, records: records.value }, text });
      }),
    );
}
