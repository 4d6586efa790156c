import type { Command } from "commander";
import { stringify } from "yaml";
import { ok } from "../../../src/base/result.ts";
import { listName } from "../../../src/table/entity-name.ts";
import type { AddressSection } from "../../../src/table/table.ts";
import { addressRuleDetailSchema } from "../../../workers/control/schema/address-rule.ts";
import { clientsWritten } from "../address-columns.ts";
import type { Cli } from "../cli.ts";
import { roundedFigures } from "../rounded-figures.ts";

export function declareAddressesShow(group: Command, cli: Cli, list: AddressSection): void {
  cli
    .verb(group, "show")
    .description(`an entry of the ${listName(list)}, and why it is there`)
    .argument("<cidr>", "as ls shows it, or an address; a v6 address alone is its /64")
    .action(
      cli.act(async ({ client }, written: string) => {
        const { cidr } = clientsWritten(written);
        const entry = await client.get(`/${list}/${encodeURIComponent(cidr)}`, addressRuleDetailSchema);
        return entry.ok ? ok({ json: entry.value, text: stringify(roundedFigures(entry.value)).trimEnd() }) : entry;
      }),
    );
}
