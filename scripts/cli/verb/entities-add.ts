import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { entityPaths } from "../../../workers/control/schema/entity.ts";
import type { Cli } from "../cli.ts";
import { type EntityGroup, isWarnedOf, writtenSchemas } from "../entity-group.ts";
import { addField, type Fields } from "../field-settings.ts";
import { foreseeAndHeed } from "../heed.ts";
import { limitFieldsHelp } from "../limit-fields.ts";
import { writtenEntry } from "../written-entry.ts";

export function declareEntitiesAdd(group: Command, cli: Cli, section: EntityGroup): void {
  const verb = cli
    .verb(group, "add")
    .description("make a new one; fields that are left out get their defaults")
    .argument("<id>")
    .argument("<field=value...>", "its fields; lists and objects as JSON", addField)
    .option(
      "--yes",
      "do not ask, whatever speaks against it; where nobody can be asked, what would meet customers needs it",
    );
  if (section === "limits") verb.addHelpText("after", limitFieldsHelp);
  verb.action(
    cli.act(async (session, id: string, fields: Fields, { yes }: { readonly yes?: true }) => {
      const isAsked = isWarnedOf(section) && !yes;
      const seen = isAsked
        ? await foreseeAndHeed(session, { [section]: { [id]: fields } }, "Make it all the same?")
        : ok([]);
      if (!seen.ok) return seen;
      const { client } = session;
      const entry = await client.send("POST", entityPaths[section], writtenSchemas[section], { ...fields, id });
      return entry.ok ? ok({ json: entry.value, text: writtenEntry(entry.value, seen.value) }) : entry;
    }),
  );
}
