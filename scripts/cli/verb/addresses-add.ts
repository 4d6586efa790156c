import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { addressRuleEntrySchema, type NewAddressRule } from "../../../workers/control/schema/address-rule.ts";
import { type AddressList, addressColumns } from "../address-columns.ts";
import type { Cli } from "../cli.ts";
import { parseDuration } from "../duration.ts";

export function declareAddressesAdd(group: Command, cli: Cli, list: AddressList): void {
  const standard = list === "blacklist" ? "1h" : "no end";
  cli
    .verb(group, "add")
    .description(`put an address or network on the ${list}, or renew its entry`)
    .argument("<cidr>", "an address, or a network such as 203.0.113.0/24")
    .requiredOption("--reason <text>", "why")
    .option("--ttl <duration>", `how long: 90s, 15m, 1h, 7d (default: ${standard})`, parseDuration)
    .action(
      cli.act(async ({ client }, cidr: string, { reason, ttl }: { readonly reason: string; readonly ttl?: number }) => {
        const rule: NewAddressRule = { cidr, reason, ...(ttl === undefined ? {} : { ttlSeconds: ttl }) };
        const entry = await client.send("POST", `/${list}`, addressRuleEntrySchema, rule);
        return entry.ok ? ok({ json: entry.value, text: addressColumns([entry.value]) }) : entry;
      }),
    );
}
