import type { Command } from "commander";
import { carryOut } from "../../../src/adapters/cloudflare-api/dns-records.ts";
import { explainApiFailure } from "../../../src/adapters/cloudflare-api/envelope.ts";
import { counted } from "../../../src/base/counted.ts";
import { err, ok, type Result } from "../../../src/base/result.ts";
import { alarmOf, planSync, type SyncPlan } from "../../../src/dns/sync/plan.ts";
import type { Cli, Terminal } from "../cli.ts";
import { readCloudflareZone } from "../cloudflare-zone.ts";
import { confirm } from "../confirm.ts";
import type { Failure } from "../failure.ts";
import { conflictLines, noteLines, syncLines } from "../sync-lines.ts";

interface Options {
  readonly force?: boolean;
  readonly yes?: boolean;
}

export function declareCloudflareApply(group: Command, cli: Cli): void {
  cli
    .verb(group, "apply")
    .description("make the zone at Cloudflare say what the table says; records that are not ours stay as they are")
    .argument("<zone>", "the zone, such as novacron.io")
    .option("--force", "even where that changes or removes an unusual part of our records")
    .option("--yes", "do not ask; nor is anybody asked where nobody sits at a terminal")
    .action(
      cli.act(async (session, name: string, { force, yes }: Options) => {
        const { terminal } = session;
        const zone = await readCloudflareZone(session, name);
        if (!zone.ok) return zone;
        const { call, zoneId, wanted, present } = zone.value;
        const plan = planSync(wanted.records, present);
        const lines = [...noteLines(wanted), ...syncLines(plan, terminal)];
        const agreed = await agree(plan, lines, terminal, { force: force === true, yes: yes === true });
        if (!agreed.ok) return agreed;
        const { done, failure } = await carryOut(call, zoneId, plan.changes);
        if (failure !== null)
          return err({ kind: "unusable", detail: stoppedWords(done, plan, explainApiFailure(failure)) });
        const seen = agreed.value ? [] : lines;
        const text = [...seen, `${counted(done, "change was", "changes were")} made`].join("\n");
        return ok({ json: { ...plan, notes: wanted.notes, done }, text, refusals: conflictLines(plan) });
      }),
    );
}

const stoppedWords = (done: number, { changes }: SyncPlan, reason: string) =>
  `${reason}; ${done} of ${changes.length} changes were made before, and plan shows what is left`;

/** Whether somebody has seen the changes and agreed to them. */
async function agree(
  plan: SyncPlan,
  lines: readonly string[],
  { ask, err: say }: Terminal,
  { force, yes }: { readonly force: boolean; readonly yes: boolean },
): Promise<Result<boolean, Failure>> {
  const alarm = alarmOf(plan);
  if (alarm !== null && !force) return err({ kind: "unusable", detail: `${alarm}: add --force if that is meant` });
  if (yes || ask === null || plan.changes.length === 0) return ok(false);
  say([...lines, ""].join("\n"));
  const confirmed = await confirm(ask, "apply this?");
  return confirmed.ok ? ok(true) : confirmed;
}
