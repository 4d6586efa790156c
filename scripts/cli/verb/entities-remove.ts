import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { entityName } from "../../../src/table/entity-name.ts";
import { entityPaths } from "../../../workers/control/schema/entity.ts";
import type { Cli } from "../cli.ts";
import type { EntityGroup } from "../entity-group.ts";

export function declareEntitiesRemove(group: Command, cli: Cli, section: EntityGroup): void {
  cli
    .verb(group, "rm")
    .description("delete one that nothing needs any more")
    .argument("<id>")
    .action(
      cli.act(async ({ client }, id: string) => {
        const removed = await client.send("DELETE", `${entityPaths[section]}/${encodeURIComponent(id)}`, null);
        return removed.ok ? ok({ json: { removed: id }, text: `${entityName(section, id)} is gone` }) : removed;
      }),
    );
}
