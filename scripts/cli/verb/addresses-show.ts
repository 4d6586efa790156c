import type { Command } from "commander";
import { stringify } from "yaml";
import { ok } from "../../../src/base/result.ts";
import { addressRuleDetailSchema } from "../../../workers/control/schema/address-rule.ts";
import type { AddressList } from "../address-columns.ts";
import type { Cli } from "../cli.ts";

export function declareAddressesShow(group: Command, cli: Cli, list: AddressList): void {
  cli
    .verb(group, "show")
    .description(`an entry of the ${list}, and why it is there`)
    .argument("<cidr>", "as ls shows it, or an address")
    .action(
      cli.act(async ({ client }, cidr: string) => {
        const entry = await client.get(`/${list}/${encodeURIComponent(cidr)}`, addressRuleDetailSchema);
        return entry.ok ? ok({ json: entry.value, text: stringify(entry.value).trimEnd() }) : entry;
      }),
    );
}
