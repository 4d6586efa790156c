import type { Command } from "commander";
import { stringify } from "yaml";
import { ok } from "../../../src/base/result.ts";
import type { Cli } from "../cli.ts";
import { type EntityGroup, entrySchemas } from "../entity-group.ts";
import { addField, type Fields } from "../field-settings.ts";

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
          `/${section}/${encodeURIComponent(id)}`,
          entrySchemas[section],
          fields,
        );
        return entry.ok ? ok({ json: entry.value, text: stringify(entry.value).trimEnd() }) : entry;
      }),
    );
}
