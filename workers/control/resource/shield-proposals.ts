import type { ProposalRefusal } from "../../../durable-objects/mitigator/api.ts";
import { parseCidr } from "../../../src/base/ip.ts";
import { err, ok, type Result } from "../../../src/base/result.ts";
import { settlementOf } from "../../../src/shield/ban/words.ts";
import { hazardOf } from "../ban-hazard.ts";
import { pageInOrder } from "../page.ts";
import { reach } from "../reach.ts";
import type { Refusal } from "../refusal.ts";
import { type Answer, type Call, type Route, route } from "../route.ts";
import { banReplySchema, type ConfirmQuery, confirmQuerySchema, proposalReplySchema } from "../schema/ban.ts";
import { pageQuerySchema, pageSchema } from "../schema/page.ts";
import { toBan, toProposal } from "../shield-reply.ts";

/** As many as the mitigator keeps. */
const MAX_PROPOSALS = 200;

export const proposalRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/shield/proposals",
    permission: "shield:read",
    summary: "Bans that wait for a person, and then the last that were settled, the newest first",
    query: pageQuerySchema,
    reply: pageSchema(proposalReplySchema),
    async handle(call) {
      const found = await list(call);
      if (!found.ok) return found;
      const status = await reach(call, "mitigator", () => call.deps.mitigator.status());
      if (!status.ok) return status;
      const openAttacks = new Set(status.value.attacks.map(({ id }) => id));
      const page = pageInOrder(found.value, call.query);
      if (!page.ok) return page;
      const items = page.value.items.map((proposal) => toProposal(proposal, openAttacks));
      return ok({ status: 200, body: { ...page.value, items } });
    },
  }),
  route({
    method: "POST",
    path: "/shield/proposals/:id/confirm",
    permission: "shield:write",
    summary: "Ban what was proposed",
    query: confirmQuerySchema,
    reply: banReplySchema,
    refusals: ["absent", "proposal-settled", "allowlisted", "verified-bot", "own-address", "too-wide"],
    handle: confirm,
  }),
  route({
    method: "POST",
    path: "/shield/proposals/:id/dismiss",
    permission: "shield:write",
    summary: "Do not ban what was proposed, nor propose it again on the same evidence",
    reply: proposalReplySchema,
    refusals: ["absent", "proposal-settled"],
    async handle(call) {
      const id = call.param("id");
      const dismissed = await reach(call, "mitigator", () => call.deps.mitigator.dismiss(id, call.actor.principal));
      if (!dismissed.ok) return dismissed;
      if (!dismissed.value.ok) return err(refusalOf(dismissed.value.error, id));
      const proposal = toProposal(dismissed.value.value, new Set());
      const changes = [{ section: "shield/proposals", id, before: null, after: { dismissed: proposal.cidr } }];
      return ok({ status: 200, body: proposal, changes });
    },
  }),
];

const list = (call: Call) => reach(call, "mitigator", () => call.deps.mitigator.proposals(MAX_PROPOSALS));

async function confirm(call: Call<ConfirmQuery>): Promise<Result<Answer, Refusal>> {
  const id = call.param("id");
  if (call.query.force !== "true") {
    const found = await list(call);
    if (!found.ok) return found;
    const cidr = parseCidr(found.value.find((proposal) => proposal.id === id)?.cidr ?? "");
    const hazard = cidr.ok ? hazardOf(cidr.value, call.address) : null;
    if (hazard !== null) return err(hazard);
  }
  const confirmed = await reach(call, "mitigator", () => call.deps.mitigator.confirm(id, call.actor.principal));
  if (!confirmed.ok) return confirmed;
  if (!confirmed.value.ok) return err(refusalOf(confirmed.value.error, id));
  const ban = toBan(confirmed.value.value);
  const changes = [{ section: "shield/proposals", id, before: null, after: { banned: ban.cidr, ban: ban.id } }];
  return ok({ status: 200, body: ban, changes });
}

function refusalOf(refusal: ProposalRefusal, id: string): Refusal {
  switch (refusal.kind) {
    case "unknown-proposal":
      return { kind: "absent", what: `shield/proposals/${id}`.slice(0, 200) };
    case "settled":
      return { kind: "proposal-settled", settlement: settlementOf(refusal.proposal) ?? "it is open" };
    case "spared": {
      const { by } = refusal;
      const hint = "only a ban by hand, with force, does it all the same";
      return by.bot === null ? { kind: "allowlisted", entry: by.cidr } : { kind: "verified-bot", bot: by, hint };
    }
  }
}
