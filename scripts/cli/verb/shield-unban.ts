import type { Command } from "commander";
import { err, ok } from "../../../src/base/result.ts";
import { addressRemovalSchema } from "../../../workers/control/schema/address-rule.ts";
import { bannedReplySchema } from "../../../workers/control/schema/ban.ts";
import { clientsWritten } from "../address-columns.ts";
import { bannedReport } from "../banned-report.ts";
import type { Cli } from "../cli.ts";
import { printable } from "../columns.ts";
import { confirm } from "../confirm.ts";

export function declareShieldUnban(group: Command, cli: Cli): void {
  cli
    .verb(group, "unban")
    .description("take an address or network off the blacklist, after saying what will happen next")
    .argument("<cidr>", "as bans shows it, or an address")
    .option("--yes", "without being asked")
    .action(
      cli.act(
        async ({ client, terminal }, written: string, options: { readonly yes?: true; readonly json?: boolean }) => {
          const { cidr, notes: meant } = clientsWritten(written);
          const known = await client.get(`/shield/bans/${encodeURIComponent(cidr)}`, bannedReplySchema);
          if (!known.ok) return known;
          if (options.json !== true) terminal.err(`${[...meant, bannedReport(known.value)].join("\n")}\n`);
          if (known.value.entry === null) {
            const refusals = [`${known.value.cidr} itself is not on the blacklist`];
            return ok({ json: { removed: null, banned: known.value }, text: "nothing was changed", refusals });
          }
          if (!options.yes) {
            if (terminal.ask === null) return err({ kind: "unasked" });
            const confirmed = await confirm(terminal.ask, `Take ${known.value.cidr} off the blacklist?`);
            if (!confirmed.ok) return confirmed;
          }
          const path = `/blacklist/${encodeURIComponent(known.value.cidr)}`;
          const removed = await client.send("DELETE", path, addressRemovalSchema.nullable());
          if (!removed.ok) return removed;
          const notes = removed.value?.notes ?? [];
          const text = [`${known.value.cidr} is off the blacklist`, ...notes.map(printable)].join("\n");
          return ok({ json: { removed: known.value.cidr, banned: known.value, notes }, text });
        },
      ),
    );
}
