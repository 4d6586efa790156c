import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { listName } from "../../../src/table/entity-name.ts";
import type { AddressSection } from "../../../src/table/table.ts";
import { addressRemovalSchema } from "../../../workers/control/schema/address-rule.ts";
import { clientsWritten } from "../address-columns.ts";
import type { Cli } from "../cli.ts";
import { printable } from "../columns.ts";

export function declareAddressesRemove(group: Command, cli: Cli, list: AddressSection): void {
  cli
    .verb(group, "rm")
    .description(`take an address or network off the ${listName(list)}`)
    .argument("<cidr>", "as ls shows it, or an address")
    .action(
      cli.act(async ({ client }, written: string) => {
        const { cidr, notes: meant } = clientsWritten(written);
        const gone = meant.length > 0 ? cidr : written;
        const path = `/${list}/${encodeURIComponent(cidr)}`;
        const removed = await client.send("DELETE", path, addressRemovalSchema.nullable());
        if (!removed.ok) return removed;
        const notes = removed.value?.notes ?? [];
        const text = [`${gone} is off the ${listName(list)}`, ...meant, ...notes.map(printable)].join("\n");
        return ok({ json: { removed: gone, ...(notes.length === 0 ? {} : { notes }) }, text });
      }),
    );
}
