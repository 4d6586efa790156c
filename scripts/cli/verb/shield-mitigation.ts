import { Argument, type Command, Option } from "commander";
import { ok } from "../../../src/base/result.ts";
import { defenceLevels } from "../../../src/table/defence.ts";
import { byHand, restsByHand } from "../../../workers/control/schema/level-by-hand.ts";
import {
  type MitigationReply,
  mitigationReplySchema,
  writtenMitigationSchema,
} from "../../../workers/control/schema/mitigation.ts";
import type { Cli } from "../cli.ts";
import { columns } from "../columns.ts";
import { foreseeAndHeed } from "../heed.ts";
import { warningLines } from "../warning-lines.ts";

interface Options {
  readonly most?: string;
  readonly yes?: true;
}

export function declareShieldMitigation(group: Command, cli: Cli): void {
  cli
    .verb(group, "mitigation")
    .description("what is done about attacks on services; with a level, sets it by hand for all requests")
    .argument("[service]")
    .addArgument(new Argument("[level]", "auto leaves it to the shield").choices(["auto", ...defenceLevels]))
    .addOption(
      new Option("--most <level>", "the most that auto may do, until you say otherwise").choices(defenceLevels),
    )
    .option("--yes", "do not ask, whomever it meets; where nobody can be asked, what would meet customers needs it")
    .addHelpText("after", `\nBy hand:\n${meanings.join("\n")}\n\n${restsByHand}`)
    .hook("preAction", refuseMismatch)
    .action(
      cli.act(async (session, service: string | undefined, level: string | undefined, { most, yes }: Options) => {
        const { client } = session;
        if (service === undefined) {
          const all = await client.list("/shield/mitigation", mitigationReplySchema);
          return all.ok ? ok({ json: all.value, text: mitigationColumns(all.value) }) : all;
        }
        const path = `/shield/mitigation/${encodeURIComponent(service)}`;
        const change = { ...(level === undefined ? {} : { mode: level }), ...(most === undefined ? {} : { most }) };
        if (Object.keys(change).length === 0) {
          const one = await client.get(path, mitigationReplySchema);
          return one.ok ? ok({ json: one.value, text: mitigationColumns([one.value]) }) : one;
        }
        const patch = { services: { [service]: { mitigation: change } } };
        const seen = yes ? ok([]) : await foreseeAndHeed(session, patch, "Set it all the same?");
        if (!seen.ok) return seen;
        const set = await client.send("PATCH", path, writtenMitigationSchema, change);
        if (!set.ok) return set;
        const { warnings = [] } = set.value;
        const notes = [
          ...byHandNotes(set.value),
          ...capNotes(set.value, most),
          ...warningLines(seen.value.length > 0 ? [] : warnings),
        ];
        return ok({ json: set.value, text: [mitigationColumns([set.value]), ...notes].join("\n") });
      }),
    );
}

const meanings = Object.entries(byHand).map(([level, meaning]) => `  ${level.padEnd(9)}  ${meaning}`);

/** What a level by hand means, and what rests meanwhile. */
const byHandNotes = ({ mode }: MitigationReply): string[] =>
  mode === "auto" ? [] : [`${mode} by hand: ${byHand[mode]}`, restsByHand];

/** What was set before and still holds. */
const capNotes = ({ service, mode, most }: MitigationReply, given: string | undefined): string[] =>
  mode !== "auto" || most === "block" || given !== undefined
    ? []
    : [
        `auto may do ${most} at most, as was set before: novacron shield mitigation ${service} --most block lets it do all`,
      ];

/** Usage that arguments and options only show together. */
function refuseMismatch(command: Command): void {
  const [service, level] = command.args;
  const { most } = command.opts<Options>();
  if (most === undefined) return;
  if (service === undefined) command.error("error: expected a service with --most");
  if (level !== undefined && level !== "auto")
    command.error(`error: expected --most with auto: ${level} by hand is on all requests, whatever the most is`);
}

function mitigationColumns(all: readonly MitigationReply[]): string {
  const rows = all.map(({ service, mode, most, level, challenge, automatic }) => [
    service,
    level,
    mode === "auto" ? `auto, at most ${most}` : "by hand",
    challenge.kind,
    automatic === null ? "-" : `${automatic.level} since ${automatic.since} (${automatic.attack})`,
  ]);
  return columns(["SERVICE", "LEVEL", "SET", "CHALLENGE", "AUTOMATIC"], rows);
}
