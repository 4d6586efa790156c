import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { entityPaths } from "../../../workers/control/schema/entity.ts";
import type { Cli } from "../cli.ts";
import { type EntityGroup, writtenSchemas } from "../entity-group.ts";
import { addField, type Fields } from "../field-settings.ts";
import { writtenEntry } from "../written-entry.ts";

export function declareEntitiesSet(group: Command, cli: Cli, section: EntityGroup): void {
  cli
    .verb(group, "set")
    .description("change some of its fields; the others stay as they are")
    .argument("<id>")
    .argument(
      "<field=value...>",
      "such as weight=50 or affinity.kind=cookie; null brings the default back, or is the value where it may be",
      addField,
    )
    .action(
      cli.act(async ({ client }, id: string, fields: Fields) => {
        const entry = await client.send(
          "PATCH",
          `${entityPaths[section]}/${encodeURIComponent(id)}`,
          writtenSchemas[section],
          fields,
        );
        return entry.ok ? ok({ json: entry.value, text: writtenEntry(entry.value) }) : entry;
      }),
    );
}
