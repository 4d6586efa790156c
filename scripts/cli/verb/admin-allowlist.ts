import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import {
  type NetworksPlanReply,
  type NetworksRequest,
  networksPlanSchema,
  networksReplySchema,
} from "../../../workers/control/schema/principal.ts";
import type { Cli } from "../cli.ts";
import { listNetworks } from "../network-lines.ts";

interface Options {
  readonly plan?: true;
  readonly clear?: true;
  readonly force?: true;
}

export function declareAdminAllowlist(group: Command, cli: Cli): void {
  cli
    .verb(group, "allowlist")
    .description("the networks from which the control plane may be used; with networks, these and no others")
    .argument("[networks...]", "such as 203.0.113.0/24 or 2001:db8::/32")
    .option("--clear", "from anywhere")
    .option("--plan", "say what would change, and change nothing")
    .option("--force", "even if it locks you out")
    .action(
      cli.act(async ({ client }, networks: readonly string[], { plan, clear, force }: Options) => {
        if (networks.length === 0 && !clear) {
          const kept = await client.get("/control-allowlist", networksReplySchema);
          return kept.ok ? ok({ json: kept.value, text: listNetworks(kept.value.networks) }) : kept;
        }
        const wanted: NetworksRequest = { networks: [...networks], force: force ?? false };
        if (plan) {
          const planned = await client.send("POST", "/control-allowlist/plan", networksPlanSchema, wanted);
          return planned.ok ? ok({ json: planned.value, text: describe(planned.value) }) : planned;
        }
        const set = await client.send("PUT", "/control-allowlist", networksReplySchema, wanted);
        return set.ok ? ok({ json: set.value, text: listNetworks(set.value.networks) }) : set;
      }),
    );
}

function describe({ added, removed, locksOut }: NetworksPlanReply): string {
  const lines = [...added.map((network) => `+ ${network}`), ...removed.map((network) => `- ${network}`)];
  const changes = lines.length === 0 ? ["nothing changes"] : lines;
  return [...changes, ...(locksOut ? ["this would lock you out; --force does it all the same"] : [])].join("\n");
}
