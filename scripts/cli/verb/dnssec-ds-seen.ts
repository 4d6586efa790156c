import { type Command, InvalidArgumentError } from "commander";
import { ok } from "../../../src/base/result.ts";
import { type DsSeen, dnssecSchema } from "../../../workers/control/schema/dnssec.ts";
import type { Cli } from "../cli.ts";
import { dnssecPath } from "../dnssec-path.ts";
import { dnssecReport } from "../dnssec-report.ts";

export function declareDnssecDsSeen(group: Command, cli: Cli): void {
  cli
    .verb(group, "ds-seen")
    .description("say that every server of the parent shows the DS of a key")
    .argument("<zone>")
    .argument("<tag>", "the tag of the key", parseTag)
    .action(
      cli.act(async ({ client }, zone: string, tag: number) => {
        const seen: DsSeen = { tag };
        const confirmed = await client.send("POST", `${dnssecPath(zone)}/ds`, dnssecSchema, seen);
        return confirmed.ok ? ok({ json: confirmed.value, text: dnssecReport(confirmed.value) }) : confirmed;
      }),
    );
}

function parseTag(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 0xffff) throw new InvalidArgumentError("Expected 0 to 65535.");
  return Number(text);
}
