import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { addressRemovalSchema } from "../../../workers/control/schema/address-rule.ts";
import { bannedReplySchema } from "../../../workers/control/schema/ban.ts";
import { clientsWritten } from "../address-columns.ts";
import { bannedReport } from "../banned-report.ts";
import type { Cli } from "../cli.ts";
import { printable } from "../columns.ts";
import { heedLifting } from "../heed-lifting.ts";

export function declareShieldUnban(group: Command, cli: Cli): void {
  cli
    .verb(group, "unban")
    .description("take an address or network off the blacklist, after saying what will happen next")
    .argument("<cidr>", "as bans shows it, or an address")
    .option("--yes", "without being asked")
    .action(
      cli.act(async (session, written: string, options: { readonly yes?: true; readonly json?: boolean }) => {
        const { client, terminal } = session;
        const { cidr, notes: meant } = clientsWritten(written);
        const known = await client.get(`/shield/bans/${encodeURIComponent(cidr)}`, bannedReplySchema);
        if (!known.ok) return known;
        const quiet = options.json === true;
        const report = [...meant, bannedReport(known.value)].join("\n");
        if (known.value.entry === null) {
          if (!quiet) terminal.err(`${report}\n`);
          const refusals = [`${known.value.cidr} itself is not on the blacklist`];
          return ok({ json: { removed: null, banned: known.value }, text: "nothing was changed", refusals });
        }
        const lifting = { cidr: known.value.cidr, report, quiet, yes: options.yes === true };
        const heeded = await heedLifting(session, lifting);
        if (!heeded.ok) return heeded;
        const path = `/blacklist/${encodeURIComponent(known.value.cidr)}`;
        const removed = await client.send("DELETE", path, addressRemovalSchema.nullable());
        if (!removed.ok) return removed;
        const notes = removed.value?.notes ?? [];
        const { cidr: freed, allowlistedBy, madeBy } = known.value;
        const free = `to keep it free whatever it does: novacron allowlist add ${freed} --reason TEXT`;
        const hints = madeBy === "shield" && allowlistedBy === null ? [free] : [];
        const text = [`${freed} is off the blacklist`, ...notes.map(printable), ...hints].join("\n");
        return ok({ json: { removed: known.value.cidr, banned: known.value, notes }, text });
      }),
    );
}
