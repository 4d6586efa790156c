import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { entityPaths } from "../../../workers/control/schema/entity.ts";
import type { Cli } from "../cli.ts";
import { type EntityGroup, entrySchemas, writtenSchemas } from "../entity-group.ts";
import { isForbidden } from "../failure.ts";
import { addField } from "../field-settings.ts";
import { writeEntity } from "../write-entity.ts";

export function declareEntitiesSet(group: Command, cli: Cli, section: EntityGroup): void {
  const verb = cli
    .verb(group, "set")
    .description("change some of its fields; the others stay as they are")
    .argument("<id>")
    .argument(
      "<field=value...>",
      "such as weight=50 or affinity.kind=cookie; null brings the default back, or is the value where it may be",
      addField,
    );
  const pathOf = (id: string) => `${entityPaths[section]}/${encodeURIComponent(id)}`;
  writeEntity(
    verb,
    cli,
    section,
    "Change it all the same?",
    (client, id, fields) => client.send("PATCH", pathOf(id), writtenSchemas[section], fields),
    async (client, id) => {
      const found = await client.get(pathOf(id), entrySchemas[section]);
      // Who may not read it may change it all the same.
      return found.ok || isForbidden(found.error) ? ok(null) : found;
    },
  );
}
