import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import type { Cli } from "../cli.ts";
import { placeOfRecord } from "../zone-lookup.ts";

export function declareRecordRemove(group: Command, cli: Cli): void {
  cli
    .verb(group, "rm")
    .description("take a record set out")
    .argument("<name>", "in full, such as www.example.com")
    .argument("<type>", "such as A")
    .action(
      cli.act(async ({ client }, nameText: string, typeText: string) => {
        const place = await placeOfRecord(client, nameText, typeText);
        if (!place.ok) return place;
        const { name, type, one } = place.value;
        const removed = await client.send("DELETE", one, null);
        return removed.ok ? ok({ json: { name, type }, text: `${name} ${type} is gone` }) : removed;
      }),
    );
}
