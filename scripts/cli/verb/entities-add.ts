import type { Command } from "commander";
import { stringify } from "yaml";
import { ok } from "../../../src/base/result.ts";
import type { Cli } from "../cli.ts";
import { type EntityGroup, entrySchemas } from "../entity-group.ts";
import { addField, type Fields } from "../field-settings.ts";

export function declareEntitiesAdd(group: Command, cli: Cli, section: EntityGroup): void {
  cli
    .verb(group, "add")
    .description("make a new one; fields that are left out get their defaults")
    .argument("<id>")
    .argument("<field=value...>", "its fields; lists and objects as JSON", addField)
    .action(
      cli.act(async ({ client }, id: string, fields: Fields) => {
        const entry = await client.send("POST", `/${section}`, entrySchemas[section], { ...fields, id });
        return entry.ok ? ok({ json: entry.value, text: stringify(entry.value).trimEnd() }) : entry;
      }),
    );
}
