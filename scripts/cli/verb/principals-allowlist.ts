import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { type NetworksRequest, networksReplySchema } from "../../../workers/control/schema/principal.ts";
import type { Cli } from "../cli.ts";
import { findPrincipal } from "../find-principal.ts";
import { listNetworks } from "../network-lines.ts";

interface Options {
  readonly clear?: true;
  readonly force?: true;
}

export function declarePrincipalsAllowlist(group: Command, cli: Cli): void {
  cli
    .verb(group, "allowlist")
    .description("the networks from which somebody may come; with networks, these and no others")
    .argument("<name>", "name or id")
    .argument("[networks...]", "such as 203.0.113.0/24 or 2001:db8::/32")
    .option("--clear", "from anywhere")
    .option("--force", "even if it locks you out")
    .action(
      cli.act(async ({ client }, name: string, networks: readonly string[], { clear, force }: Options) => {
        const found = await findPrincipal(client, name);
        if (!found.ok) return found;
        const { id, allowlist } = found.value;
        if (networks.length === 0 && !clear)
          return ok({ json: { networks: allowlist }, text: listNetworks(allowlist) });
        const wanted: NetworksRequest = { networks: [...networks], force: force ?? false };
        const path = `/principals/${encodeURIComponent(id)}/allowlist`;
        const set = await client.send("PUT", path, networksReplySchema, wanted);
        return set.ok ? ok({ json: set.value, text: listNetworks(set.value.networks) }) : set;
      }),
    );
}
