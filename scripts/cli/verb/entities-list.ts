import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { sectionName } from "../../../src/table/entity-name.ts";
import { entityPaths } from "../../../workers/control/schema/entity.ts";
import type { Cli } from "../cli.ts";
import { type EntityGroup, entityColumns, entrySchemas } from "../entity-group.ts";

export function declareEntitiesList(group: Command, cli: Cli, section: EntityGroup): void {
  cli
    .verb(group, "ls", { isDefault: true })
    .description(`the ${sectionName(section)}, by id`)
    .action(
      cli.act(async ({ client }) => {
        const entries = await client.list(entityPaths[section], entrySchemas[section]);
        if (!entries.ok) return entries;
        const text =
          entries.value.length === 0 ? `there are no ${sectionName(section)}` : entityColumns(section, entries.value);
        return ok({ json: entries.value, text });
      }),
    );
}
