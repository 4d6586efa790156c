import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { type ShieldStatusReply, shieldStatusSchema } from "../../../workers/control/schema/mitigation.ts";
import { attackColumns } from "../attack-report.ts";
import type { Cli } from "../cli.ts";
import { columns } from "../columns.ts";
import { formatDuration } from "../duration.ts";
import { watchable, watched } from "../watched.ts";

export function declareShieldStatus(group: Command, cli: Cli): void {
  watchable(cli.verb(group, "status"))
    .description("levels, open attacks, bans, and what waits for people")
    .action(
      cli.act(
        watched(async ({ client }, _options: object) => {
          const status = await client.get("/shield/status", shieldStatusSchema);
          return status.ok ? ok({ json: status.value, text: report(status.value) }) : status;
        }),
      ),
    );
}

function report({ services, observed, policies, mitigator, detector, blacklist }: ShieldStatusReply): string {
  const rows = services.map(({ service, mode, level, most, automatic }) => [
    service,
    level,
    mode === "auto" ? `auto, at most ${most}` : "by hand",
    automatic === null ? "-" : `${automatic.level} since ${automatic.since} (${automatic.attack})`,
  ]);
  const lines = [
    `services   ${services.length} with something done or under attack, ${observed} observed`,
    `policies   ${policies.enforced} enforced, ${policies.logging} only counted`,
    `blacklist  ${blacklist.shield} by the shield, ${blacklist.people} by people`,
  ];
  if (mitigator === null) lines.push("attacks    not known: the mitigator cannot be reached");
  else {
    const { attacks, bans, proposals, goodClients, waiting } = mitigator;
    lines.push(
      `attacks    ${attacks.length} open`,
      `bans       ${bans.standing} standing (${bans.addresses} addresses, ${bans.prefixes} networks)`,
      `clients    ${goodClients.known} good ones known, bans touch ${goodClients.touched}, at most ${goodClients.mayTouch}`,
    );
    if (proposals > 0) lines.push(`proposals  ${proposals} wait for you: novacron shield proposals`);
    if (waiting.bans + waiting.defences > 0)
      lines.push(`waiting    ${waiting.bans} bans and ${waiting.defences} defences that the table has not taken yet`);
  }
  lines.push(`detector   ${detector === null ? "not known: it cannot be reached" : detectorWords(detector)}`);
  const table = rows.length === 0 ? [] : [columns(["SERVICE", "LEVEL", "SET", "AUTOMATIC"], rows)];
  const open = mitigator === null || mitigator.attacks.length === 0 ? [] : [attackColumns(mitigator.attacks)];
  return [lines.join("\n"), ...table, ...open].join("\n\n");
}

/** Of which services it may call anything an attack. */
function detectorWords(readings: NonNullable<ShieldStatusReply["detector"]>): string {
  if (readings.length === 0) return "has seen no traffic";
  const learning = readings.filter(({ mayAct }) => !mayAct);
  const acting = `may act on ${readings.length - learning.length} of ${readings.length} services`;
  const shown = learning.slice(0, MAX_LEARNING_SHOWN);
  const names = shown.map(({ service, observedSeconds }) => `${service} for ${formatDuration(observedSeconds)}`);
  if (learning.length > shown.length) names.push(`${learning.length - shown.length} more`);
  return names.length === 0 ? acting : `${acting}; still learns ${names.join(", ")}`;
}

const MAX_LEARNING_SHOWN = 5;
