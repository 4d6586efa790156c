import { Argument, type Command, Option } from "commander";
import { ok } from "../../../src/base/result.ts";
import { defenceLevels } from "../../../src/table/defence.ts";
import { type MitigationReply, mitigationReplySchema } from "../../../workers/control/schema/mitigation.ts";
import type { Cli } from "../cli.ts";
import { columns } from "../columns.ts";

interface Options {
  readonly most?: string;
}

export function declareShieldMitigation(group: Command, cli: Cli): void {
  cli
    .verb(group, "mitigation")
    .description("what is done about attacks on services; with a level, sets it by hand")
    .argument("[service]")
    .addArgument(new Argument("[level]", "auto leaves it to the shield").choices(["auto", ...defenceLevels]))
    .addOption(new Option("--most <level>", "the most that auto may do").choices(defenceLevels))
    .action(
      cli.act(async ({ client }, service: string | undefined, level: string | undefined, { most }: Options) => {
        if (service === undefined) {
          const all = await client.list("/shield/mitigation", mitigationReplySchema);
          return all.ok ? ok({ json: all.value, text: mitigationColumns(all.value) }) : all;
        }
        const path = `/shield/mitigation/${encodeURIComponent(service)}`;
        const change = { ...(level === undefined ? {} : { mode: level }), ...(most === undefined ? {} : { most }) };
        const one =
          Object.keys(change).length === 0
            ? await client.get(path, mitigationReplySchema)
            : await client.send("PATCH", path, mitigationReplySchema, change);
        return one.ok ? ok({ json: one.value, text: mitigationColumns([one.value]) }) : one;
      }),
    );
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
