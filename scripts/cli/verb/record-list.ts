import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { recordSetEntrySchema } from "../../../workers/control/schema/record-set.ts";
import type { Cli } from "../cli.ts";
import { recordColumns } from "../record-columns.ts";

export function declareRecordList(group: Command, cli: Cli): void {
  cli
    .verb(group, "ls")
    .description("the record sets of a zone")
    .argument("<zone>")
    .action(
      cli.act(async ({ client }, zone: string) => {
        const records = await client.list(`/dns/zones/${encodeURIComponent(zone)}/records`, recordSetEntrySchema);
        if (!records.ok) return records;
        const text = records.value.length === 0 ? "there are no record sets" : recordColumns(records.value);
        return ok({ json: records.value, text });
      }),
    );
}
