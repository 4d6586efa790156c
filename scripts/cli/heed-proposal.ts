import { ok, type Result } from "../../src/base/result.ts";
import { type ProposalReply, proposalReplySchema } from "../../workers/control/schema/ban.ts";
import type { TableWarning } from "../../workers/control/schema/table-warning.ts";
import type { Session } from "./cli.ts";
import type { Failure } from "./failure.ts";
import { graveWarnings } from "./grave-warnings.ts";
import { foresee, heed } from "./heed.ts";

/** Warns of the ban that was proposed as of the same by hand, and asks. Of one that nobody waits for, the API says more. */
export async function heedProposal(session: Session, id: string): Promise<Result<null, Failure>> {
  const proposals = await session.client.list("/shield/proposals", proposalReplySchema);
  if (!proposals.ok) return proposals;
  const proposal = proposals.value.find((each) => each.id === id && each.state === "open");
  if (proposal === undefined) return ok(null);
  const { cidr, reason, seconds, isAttackOver } = proposal;
  const createdAt = session.terminal.now();
  const rule = { reason, createdAt, expiresAt: createdAt + seconds * 1000 };
  const forecast = await foresee(session, { blacklist: { [cidr]: rule } });
  if (!forecast.ok) return forecast;
  const { changes, warnings } = forecast.value;
  // It waits because it would touch good clients, whether or not they can be counted just now.
  const all = graveWarnings(forecast.value).length > 0 ? warnings : [objectionTo(proposal), ...warnings];
  return heed(
    session,
    { changes, warnings: all },
    `Ban ${cidr} all the same${isAttackOver ? ", though its attack is over" : ""}?`,
  );
}

const objectionTo = ({ cidr, objection }: ProposalReply): TableWarning => ({
  code: "touches-good-clients",
  path: "",
  detail: `${cidr}: ${objection}`,
  counts: null,
});
