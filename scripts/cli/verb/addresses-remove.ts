import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import type { AddressList } from "../address-columns.ts";
import type { Cli } from "../cli.ts";

export function declareAddressesRemove(group: Command, cli: Cli, list: AddressList): void {
  cli
    .verb(group, "rm")
    .description(`take an address or network off the ${list}`)
    .argument("<cidr>", "as ls shows it, or an address")
    .action(
      cli.act(async ({ client }, cidr: string) => {
        const removed = await client.send("DELETE", `/${list}/${encodeURIComponent(cidr)}`, null);
        return removed.ok ? ok({ json: { removed: cidr }, text: `${cidr} is off the ${list}` }) : removed;
      }),
    );
}
