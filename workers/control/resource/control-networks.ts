import { planNetworks } from "../../../src/auth/networks.ts";
import { err, ok, type Result } from "../../../src/base/result.ts";
import type { Change } from "../../../src/table/change.ts";
import { ask, manageable } from "../auth/manage.ts";
import type { Refusal } from "../refusal.ts";
import { type Answer, type Call, type Route, route } from "../route.ts";
import {
  type NetworksPlanReply,
  type NetworksReply,
  type NetworksRequest,
  networksPlanSchema,
  networksReplySchema,
  networksSchema,
} from "../schema/principal.ts";

/** From where the control plane may be used: by anybody, and by one principal. */
export const controlNetworkRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/control-allowlist",
    permission: "principals:read",
    summary: "From where the control plane may be used; empty is from anywhere",
    reply: networksReplySchema,
    async handle(call) {
      const networks = await ask(call, () => call.deps.auth.networks.read());
      return networks.ok ? answer(networks.value) : networks;
    },
  }),
  route({
    method: "POST",
    path: "/control-allowlist/plan",
    permission: "principals:plan",
    summary: "What another list would change, and whether it shuts you out",
    body: networksSchema,
    reply: networksPlanSchema,
    async handle(call) {
      const before = await ask(call, () => call.deps.auth.networks.read());
      if (!before.ok) return before;
      const { added, removed, locksOut } = planNetworks(before.value, networksOf(call.body), call.address);
      const body: NetworksPlanReply = { added: [...added], removed: [...removed], locksOut };
      return ok({ status: 200, body });
    },
  }),
  route({
    method: "PUT",
    path: "/control-allowlist",
    permission: "principals:write",
    stepUp: true,
    summary: "Set from where the control plane may be used",
    body: networksSchema,
    reply: networksReplySchema,
    refusals: ["locks-out"],
    async handle(call) {
      const { networks } = call.deps.auth;
      const before = await ask(call, () => networks.read());
      if (!before.ok) return before;
      const list = { section: "control-allowlist", id: "networks", before: before.value };
      return put(call, list, true, (after) => networks.write(after));
    },
  }),
  route({
    method: "PUT",
    path: "/principals/:id/allowlist",
    permission: "principals:write",
    stepUp: true,
    summary: "Set from where a principal may come; empty is from anywhere",
    body: networksSchema,
    reply: networksReplySchema,
    refusals: ["absent", "exceeds-grants", "locks-out"],
    async handle(call) {
      const account = await manageable(call, call.param("id"));
      if (!account.ok) return account;
      const { id, allowlist } = account.value;
      const list = { section: "principals", id: `${id}/allowlist`, before: allowlist };
      return put(call, list, id === call.principal.id, (networks) =>
        call.deps.auth.accounts.setAllowlist(id, networks),
      );
    },
  }),
];

async function put(
  call: Call<unknown, Required<NetworksRequest>>,
  list: Omit<Change, "after">,
  isOwn: boolean,
  write: (networks: readonly string[]) => Promise<void>,
): Promise<Result<Answer, Refusal>> {
  const networks = networksOf(call.body);
  if (isOwn && !call.body.force && planNetworks([], networks, call.address).locksOut)
    return err({ kind: "locks-out", address: call.address.text });
  const written = await ask(call, () => write(networks));
  return written.ok ? answer(networks, [{ ...list, after: networks }]) : written;
}

const networksOf = ({ networks }: NetworksRequest) => [...new Set(networks)].sort();

function answer(networks: readonly string[], changes: readonly Change[] = []): Result<Answer, Refusal> {
  const body: NetworksReply = { networks: [...networks] };
  return ok({ status: 200, body, changes });
}
