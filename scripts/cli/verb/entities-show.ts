import type { Command } from "commander";
import { stringify } from "yaml";
import { ok } from "../../../src/base/result.ts";
import { entityPaths } from "../../../workers/control/schema/entity.ts";
import type { Cli } from "../cli.ts";
import { type EntityGroup, entrySchemas } from "../entity-group.ts";

export function declareEntitiesShow(group: Command, cli: Cli, section: EntityGroup): void {
  cli
    .verb(group, "show")
    .description("one of them, with all its fields")
    .argument("<id>")
    .action(
      cli.act(async ({ client }, id: string) => {
        const entry = await client.get(`${entityPaths[section]}/${encodeURIComponent(id)}`, entrySchemas[section]);
        return entry.ok ? ok({ json: entry.value, text: stringify(entry.value).trimEnd() }) : entry;
      }),
    );
}
