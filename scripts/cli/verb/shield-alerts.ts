import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { type AlertReply, alertReplySchema } from "../../../workers/control/schema/attack.ts";
import { MAX_PAGE } from "../../../workers/control/schema/page.ts";
import type { Cli } from "../cli.ts";
import { columns } from "../columns.ts";
import { cutNote, limited, readNewest } from "../newest.ts";
import { watchable, watched } from "../watched.ts";

interface Options {
  readonly since?: string;
  readonly limit: number;
}

const ofBans =
  "Of the shield's bans the first that an attack or a policy leads to is told at once, and what follows at most every ten minutes; each is in shield bans.";

export function declareShieldAlerts(group: Command, cli: Cli): void {
  limited(watchable(cli.verb(group, "alerts")), 20, MAX_PAGE)
    .description("the alerts of attacks and bans, which are kept and logged, the newest first")
    .addHelpText("after", `\n${ofBans}`)
    .option("--since <time>", "since a time (RFC 3339) or for a duration such as 1h")
    .action(
      cli.act(
        watched(async ({ client }, { since, limit }: Options) => {
          const query = since === undefined ? "" : `?${new URLSearchParams({ since })}`;
          const alerts = await readNewest(client, `/shield/alerts${query}`, limit, alertReplySchema);
          if (!alerts.ok) return alerts;
          const { items } = alerts.value;
          const list = items.length === 0 ? "there is no alert" : alertColumns(items);
          return ok({ json: items, text: [list, ...cutNote(alerts.value, limit, MAX_PAGE)].join("\n\n") });
        }),
      ),
    );
}

function alertColumns(alerts: readonly AlertReply[]): string {
  const rows = alerts.map(({ at, severity, kind, attack, proposal, text }) => [
    at,
    severity,
    kind,
    proposal ?? attack ?? "-",
    text,
  ]);
  return columns(["AT", "SEVERITY", "KIND", "ABOUT", "WHAT"], rows);
}
