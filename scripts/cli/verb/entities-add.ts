import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { entityPaths } from "../../../workers/control/schema/entity.ts";
import type { Cli } from "../cli.ts";
import { type EntityGroup, writtenSchemas } from "../entity-group.ts";
import { addField, type Fields } from "../field-settings.ts";
import { writtenEntry } from "../written-entry.ts";

export function declareEntitiesAdd(group: Command, cli: Cli, section: EntityGroup): void {
  cli
    .verb(group, "add")
    .description("make a new one; fields that are left out get their defaults")
    .argument("<id>")
    .argument("<field=value...>", "its fields; lists and objects as JSON", addField)
    .action(
      cli.act(async ({ client }, id: string, fields: Fields) => {
        const entry = await client.send("POST", entityPaths[section], writtenSchemas[section], { ...fields, id });
        return entry.ok ? ok({ json: entry.value, text: writtenEntry(entry.value) }) : entry;
      }),
    );
}
