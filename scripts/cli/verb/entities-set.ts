import type { Command } from "commander";
import { entityPaths } from "../../../workers/control/schema/entity.ts";
import type { Cli } from "../cli.ts";
import { type EntityGroup, writtenSchemas } from "../entity-group.ts";
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
  writeEntity(verb, cli, section, "Change it all the same?", (client, id, fields) =>
    client.send("PATCH", `${entityPaths[section]}/${encodeURIComponent(id)}`, writtenSchemas[section], fields),
  );
}
