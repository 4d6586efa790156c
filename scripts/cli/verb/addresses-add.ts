import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { addressRuleDetailSchema, type NewBlacklistRule } from "../../../workers/control/schema/address-rule.ts";
import { type AddressList, addressColumns, overlapLines } from "../address-columns.ts";
import type { Cli } from "../cli.ts";
import { parseDuration } from "../duration.ts";

interface Options {
  readonly reason: string;
  readonly ttl?: number;
  readonly force?: true;
}

export function declareAddressesAdd(group: Command, cli: Cli, list: AddressList, name = "add"): void {
  const standard = list === "blacklist" ? "1h" : "no end";
  const verb = cli
    .verb(group, name)
    .description(`put an address or network on the ${list}, or renew its entry`)
    .argument("<cidr>", "an address, or a network such as 203.0.113.0/24")
    .requiredOption("--reason <text>", "why")
    .option("--ttl <duration>", `how long: 90s, 15m, 1h, 7d (default: ${standard})`, parseDuration);
  if (list === "blacklist") verb.option("--force", "even if it holds your own address, or is very wide");
  verb.action(
    cli.act(async ({ client }, cidr: string, { reason, ttl, force }: Options) => {
      const rule: NewBlacklistRule = {
        cidr,
        reason,
        ...(ttl === undefined ? {} : { ttlSeconds: ttl }),
        ...(force ? { force } : {}),
      };
      const entry = await client.send("POST", `/${list}`, addressRuleDetailSchema, rule);
      if (!entry.ok) return entry;
      return ok({
        json: entry.value,
        text: [addressColumns([entry.value]), ...overlapLines(list, entry.value)].join("\n"),
      });
    }),
  );
}
