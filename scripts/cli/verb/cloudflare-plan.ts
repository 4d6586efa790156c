import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { alarmOf, planSync } from "../../../src/dns/sync/plan.ts";
import type { Cli } from "../cli.ts";
import { readCloudflareZone } from "../cloudflare-zone.ts";
import { conflictLines, noteLines, syncLines } from "../sync-lines.ts";

export function declareCloudflarePlan(group: Command, cli: Cli): void {
  cli
    .verb(group, "plan")
    .description("what apply would change in the zone at Cloudflare; exit 1 when others' records stand in the way")
    .argument("<zone>", "the zone, such as novacron.io")
    .action(
      cli.act(async (session, name: string) => {
        const zone = await readCloudflareZone(session, name);
        if (!zone.ok) return zone;
        const { wanted, present } = zone.value;
        const plan = planSync(wanted.records, present);
        const alarm = alarmOf(plan);
        const text = [
          ...noteLines(wanted),
          ...syncLines(plan, session.terminal),
          ...(alarm === null ? [] : [`apply would want --force: ${alarm}`]),
        ].join("\n");
        return ok({ json: { ...plan, notes: wanted.notes, alarm }, text, refusals: conflictLines(plan) });
      }),
    );
}
