import type { Command } from "commander";
import { ok, type Result } from "../../../src/base/result.ts";
import { bannedReplySchema, type ListedBan, listedBanSchema } from "../../../workers/control/schema/ban.ts";
import { shieldStatusSchema } from "../../../workers/control/schema/mitigation.ts";
import { clientsWritten } from "../address-columns.ts";
import { bannedReport } from "../banned-report.ts";
import type { Cli } from "../cli.ts";
import type { Client } from "../client.ts";
import { columns } from "../columns.ts";
import type { Failure } from "../failure.ts";

export function declareShieldBans(group: Command, cli: Cli): void {
  cli
    .verb(group, "bans")
    .description("the bans that the shield has decided, the newest first; or all that is known of one network")
    .argument("[cidr]", "of one, whoever banned it: why, its record, and what happens when it is lifted")
    .option("--all", "those that are over too")
    .action(
      cli.act(async ({ client }, written: string | undefined, { all }: { readonly all?: true }) => {
        if (written !== undefined) {
          const { cidr, notes } = clientsWritten(written);
          const known = await client.get(`/shield/bans/${encodeURIComponent(cidr)}`, bannedReplySchema);
          return known.ok ? ok({ json: known.value, text: [...notes, bannedReport(known.value)].join("\n") }) : known;
        }
        const bans = await client.list(`/shield/bans?state=${all ? "all" : "standing"}`, listedBanSchema);
        if (!bans.ok) return bans;
        const others = await bansOfPeople(client);
        if (!others.ok) return others;
        const text = bans.value.length === 0 ? "the shield bans nobody" : banColumns(bans.value);
        const kept =
          bans.value.length === 0 ? [] : ["who must never be banned: novacron allowlist add CIDR --reason TEXT"];
        return ok({ json: bans.value, text: [text, ...others.value, ...kept].join("\n") });
      }),
    );
}

/** They are on the blacklist alone, where somebody who has just made one may not look. */
async function bansOfPeople(client: Client): Promise<Result<readonly string[], Failure>> {
  const status = await client.get("/shield/status", shieldStatusSchema);
  if (!status.ok) return status;
  const { people } = status.value.blacklist;
  return ok(people === 0 ? [] : [`people ban ${people} more: novacron blacklist ls`]);
}

function banColumns(bans: readonly ListedBan[]): string {
  const rows = bans.map(({ cidr, state, offence, decidedAt, expiresAt, by, reason, allowlistedBy }) => [
    cidr,
    state === "in-force" && allowlistedBy !== null ? `of no effect: ${allowlistedBy} is allowlisted` : state,
    String(offence),
    decidedAt,
    expiresAt,
    by,
    reason,
  ]);
  return columns(["CIDR", "STATE", "OFFENCE", "DECIDED", "EXPIRES", "BY", "REASON"], rows);
}
