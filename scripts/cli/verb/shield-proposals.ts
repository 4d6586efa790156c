import { type Command, Option } from "commander";
import { ok } from "../../../src/base/result.ts";
import { banReplySchema, type ProposalReply, proposalReplySchema } from "../../../workers/control/schema/ban.ts";
import type { Cli } from "../cli.ts";
import { columns } from "../columns.ts";
import { formatDuration } from "../duration.ts";
import { heedProposal } from "../heed-proposal.ts";

interface Options {
  readonly confirm?: string;
  readonly dismiss?: string;
  readonly force?: true;
  readonly yes?: true;
}

export function declareShieldProposals(group: Command, cli: Cli): void {
  cli
    .verb(group, "proposals")
    .description("bans that would touch too many good clients, so that you are asked")
    .addOption(new Option("--confirm <id>", "ban what was proposed").conflicts("dismiss"))
    .addOption(new Option("--dismiss <id>", "do not, nor propose it again on the same evidence"))
    .option("--force", "with --confirm: even if it holds your own address")
    .option(
      "--yes",
      "with --confirm: do not ask, though it holds good clients; where nobody can be asked, it needs this",
    )
    .hook("preAction", refuseMismatch)
    .action(
      cli.act(async (session, { confirm, dismiss, force, yes }: Options) => {
        const { client } = session;
        if (confirm !== undefined) {
          const heeded = yes ? ok(null) : await heedProposal(session, confirm);
          if (!heeded.ok) return heeded;
          const path = `/shield/proposals/${encodeURIComponent(confirm)}/confirm${force ? "?force=true" : ""}`;
          const ban = await client.send("POST", path, banReplySchema);
          return ban.ok
            ? ok({ json: ban.value, text: `${ban.value.cidr} is banned until ${ban.value.expiresAt}` })
            : ban;
        }
        if (dismiss !== undefined) {
          const path = `/shield/proposals/${encodeURIComponent(dismiss)}/dismiss`;
          const dismissed = await client.send("POST", path, proposalReplySchema);
          return dismissed.ok
            ? ok({ json: dismissed.value, text: `${dismissed.value.cidr} is not banned` })
            : dismissed;
        }
        const proposals = await client.list("/shield/proposals", proposalReplySchema);
        if (!proposals.ok) return proposals;
        const rows = proposals.value.map((proposal) => [
          proposal.id,
          proposal.cidr,
          stateWords(proposal),
          proposal.madeAt,
          formatDuration(proposal.seconds),
          proposal.reason,
          proposal.objection,
        ]);
        const headings = ["PROPOSAL", "CIDR", "STATE", "MADE", "FOR", "REASON", "WHY NOT BANNED"];
        return ok({
          json: proposals.value,
          text: rows.length === 0 ? "no ban waits for you" : columns(headings, rows),
        });
      }),
    );
}

function stateWords({ state, settlement, isAttackOver }: ProposalReply): string {
  if (settlement !== null) return `${state}: ${settlement}`;
  return isAttackOver ? `${state}, its attack is over` : state;
}

/** Usage that the options only show together. */
function refuseMismatch(command: Command): void {
  const { confirm, force, yes } = command.opts<Options>();
  if ((force || yes) && confirm === undefined)
    command.error(`error: expected --confirm with ${force ? "--force" : "--yes"}`);
}
