import type { Command } from "commander";
import { entityPaths } from "../../../workers/control/schema/entity.ts";
import type { Cli } from "../cli.ts";
import { entityFieldsHelp } from "../entity-fields.ts";
import { type EntityGroup, writtenSchemas } from "../entity-group.ts";
import { addField } from "../field-settings.ts";
import { writeEntity } from "../write-entity.ts";

export function declareEntitiesAdd(group: Command, cli: Cli, section: EntityGroup): void {
  const verb = cli
    .verb(group, "add")
    .description("make a new one; fields that are left out get their defaults")
    .argument("<id>")
    .argument("<field=value...>", "its fields; lists and objects as JSON, such as hosts=[a.example]", addField);
  if (section !== "limits") verb.addHelpText("after", () => entityFieldsHelp(section));
  writeEntity(verb, cli, section, "Make it all the same?", (client, id, fields) =>
    client.send("POST", entityPaths[section], writtenSchemas[section], { ...fields, id }),
  );
}
