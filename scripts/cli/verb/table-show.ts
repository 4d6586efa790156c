import type { Command } from "commander";
import { stringify } from "yaml";
import { counted } from "../../../src/base/counted.ts";
import { ok } from "../../../src/base/result.ts";
import { tableDocumentSchema } from "../../../workers/control/schema/table.ts";
import type { Cli } from "../cli.ts";

export function declareTableShow(group: Command, cli: Cli): void {
  cli
    .verb(group, "show")
    .description("the configuration as YAML, as plan and apply read it; with --json the whole document")
    .action(
      cli.act(async ({ client }) => {
        const table = await client.get("/table", tableDocumentSchema);
        if (!table.ok) return table;
        const { epoch, counts, health: _observed, ...configured } = table.value;
        const note = ` epoch ${epoch}; ${counted(counts.blacklist, "address", "addresses")} on the blacklist, ${counts.allowlist} on the allowlist, ${counted(counts.bots, "network")} of verified bots`;
        return ok({ json: table.value, text: `#${note}\n${stringify(configured).trimEnd()}` });
      }),
    );
}
