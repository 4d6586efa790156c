import type { Command } from "commander";
import { ok, type Result } from "../../src/base/result.ts";
import type { Cli, Session } from "./cli.ts";
import { type EntityGroup, isWarnedOf, type WrittenEntry } from "./entity-group.ts";
import type { Failure } from "./failure.ts";
import type { Fields } from "./field-settings.ts";
import { foreseeAndHeed } from "./heed.ts";
import { limitFieldsHelp } from "./limit-fields.ts";
import { shapingHelp } from "./shaping-help.ts";
import { writtenEntry } from "./written-entry.ts";

export type SendEntity = (
  client: Session["client"],
  id: string,
  fields: Fields,
) => Promise<Result<WrittenEntry, Failure>>;

/**
 * The end of a verb that writes an entity by its fields: asks by the `question` where something speaks against it, unless
 * it would fail in vain, by `check`.
 */
export function writeEntity(
  verb: Command,
  cli: Cli,
  section: EntityGroup,
  question: string,
  send: SendEntity,
  check: (client: Session["client"], id: string) => Promise<Result<unknown, Failure>> = async () => ok(null),
): void {
  verb.option(
    "--yes",
    "do not ask, whatever speaks against it; where nobody can be asked, what would meet customers needs it",
  );
  if (section === "limits") verb.addHelpText("after", limitFieldsHelp);
  if (section === "services") verb.addHelpText("after", shapingHelp);
  verb.action(
    cli.act(async (session, id: string, fields: Fields, { yes }: { readonly yes?: true }) => {
      const isAsked = isWarnedOf(section) && !yes;
      const checked = isAsked ? await check(session.client, id) : ok(null);
      if (!checked.ok) return checked;
      const seen = isAsked ? await foreseeAndHeed(session, { [section]: { [id]: fields } }, question) : ok([]);
      if (!seen.ok) return seen;
      const entry = await send(session.client, id, fields);
      return entry.ok ? ok({ json: entry.value, text: writtenEntry(entry.value, seen.value) }) : entry;
    }),
  );
}
