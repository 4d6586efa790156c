import type { Command } from "commander";
import { ok, type Result } from "../../../src/base/result.ts";
import { listName } from "../../../src/table/entity-name.ts";
import type { AddressSection } from "../../../src/table/table.ts";
import { addressRemovalSchema, addressRuleDetailSchema } from "../../../workers/control/schema/address-rule.ts";
import { bannedReplySchema } from "../../../workers/control/schema/ban.ts";
import { clientsWritten } from "../address-columns.ts";
import { bannedReport } from "../banned-report.ts";
import type { Cli, Session } from "../cli.ts";
import { printable } from "../columns.ts";
import { type Failure, isForbidden } from "../failure.ts";
import { heedLifting } from "../heed-lifting.ts";

interface Options {
  readonly yes?: true;
  readonly json?: boolean;
}

export function declareAddressesRemove(group: Command, cli: Cli, list: AddressSection): void {
  const verb = cli
    .verb(group, "rm")
    .description(`take an address or network off the ${listName(list)}`)
    .argument("<cidr>", "as ls shows it, or an address")
    .action(
      cli.act(async (session, written: string, options: Options) => {
        const { cidr, notes: meant } = clientsWritten(written);
        const heeded = list === "blacklist" && !options.yes ? await heedBanOfShield(session, cidr, options) : ok(null);
        if (!heeded.ok) return heeded;
        const gone = meant.length > 0 ? cidr : written;
        const path = `/${list}/${encodeURIComponent(cidr)}`;
        const removed = await session.client.send("DELETE", path, addressRemovalSchema.nullable());
        if (!removed.ok) return removed;
        const notes = removed.value?.notes ?? [];
        const text = [`${gone} is off the ${listName(list)}`, ...meant, ...notes.map(printable)].join("\n");
        return ok({ json: { removed: gone, ...(notes.length === 0 ? {} : { notes }) }, text });
      }),
    );
  if (list === "blacklist") verb.option("--yes", "without being asked, which a ban of the shield is");
}

/** A ban of the shield is lifted as `shield unban` lifts it; what is not there is told here. */
async function heedBanOfShield(session: Session, cidr: string, { json }: Options): Promise<Result<null, Failure>> {
  const { client } = session;
  const entry = await client.get(`/blacklist/${encodeURIComponent(cidr)}`, addressRuleDetailSchema);
  // Who may not read it may take it off all the same.
  if (!entry.ok) return isForbidden(entry.error) ? ok(null) : entry;
  if (entry.value.ban === undefined) return ok(null);
  // The shield need not answer, nor let everybody look.
  const banned = await client.get(`/shield/bans/${encodeURIComponent(cidr)}`, bannedReplySchema);
  const report = banned.ok ? bannedReport(banned.value) : `the shield has banned it: ${entry.value.reason}`;
  return heedLifting(session, { cidr: entry.value.cidr, report, quiet: json === true, yes: false });
}
