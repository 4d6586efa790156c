import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { listName } from "../../../src/table/entity-name.ts";
import type { AddressSection } from "../../../src/table/table.ts";
import { addressRuleEntrySchema } from "../../../workers/control/schema/address-rule.ts";
import { addressColumns } from "../address-columns.ts";
import type { Cli } from "../cli.ts";

export function declareAddressesList(group: Command, cli: Cli, list: AddressSection): void {
  cli
    .verb(group, "ls")
    .description(`the entries of the ${listName(list)}`)
    .action(
      cli.act(async ({ client }) => {
        const entries = await client.list(`/${list}`, addressRuleEntrySchema);
        if (!entries.ok) return entries;
        const text = entries.value.length === 0 ? `the ${listName(list)} is empty` : addressColumns(entries.value);
        return ok({ json: entries.value, text });
      }),
    );
}
