import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { banReplySchema } from "../../../workers/control/schema/ban.ts";
import type { Cli } from "../cli.ts";
import { columns } from "../columns.ts";

export function declareShieldBans(group: Command, cli: Cli): void {
  cli
    .verb(group, "bans")
    .description("the bans that the shield has decided, the newest first")
    .option("--all", "those that are over too")
    .action(
      cli.act(async ({ client }, { all }: { readonly all?: true }) => {
        const bans = await client.list(`/shield/bans?state=${all ? "all" : "standing"}`, banReplySchema);
        if (!bans.ok) return bans;
        const rows = bans.value.map(({ cidr, state, offence, decidedAt, expiresAt, by, reason }) => [
          cidr,
          state,
          String(offence),
          decidedAt,
          expiresAt,
          by,
          reason,
        ]);
        const headings = ["CIDR", "STATE", "OFFENCE", "DECIDED", "EXPIRES", "BY", "REASON"];
        return ok({ json: bans.value, text: rows.length === 0 ? "the shield bans nobody" : columns(headings, rows) });
      }),
    );
}
