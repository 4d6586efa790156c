import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { appliedSchema } from "../../../workers/control/schema/table.ts";
import { agree } from "../agree.ts";
import { changeLines } from "../change-lines.ts";
import type { Cli } from "../cli.ts";
import { readText } from "../text-file.ts";

interface Options {
  readonly replace?: boolean;
  readonly yes?: boolean;
}

export function declareZoneImport(group: Command, cli: Cli): void {
  cli
    .verb(group, "import")
    .description("bring a zone file (RFC 1035) into the table, whole or not at all")
    .argument("<zone>", "its apex; the zone is made if it is not there")
    .argument("<file>", "the zone file; - is the standard input")
    .option("--replace", "record sets that the file does not have go, but for steered ones")
    .option("--yes", "do not ask; nor is anybody asked where nobody sits at a terminal")
    .action(
      cli.act(async (session, zone: string, file: string, { replace = false, yes }: Options) => {
        const { client, terminal } = session;
        const zoneFile = await readText(file, terminal);
        if (!zoneFile.ok) return zoneFile;
        const path = `/dns/zones/${encodeURIComponent(zone)}/import`;
        const body = { zoneFile: zoneFile.value, replace };
        const isAsked = !yes && file !== "-" && terminal.ask !== null;
        const agreed = !isAsked ? ok(null) : await agree(session, `${path}/plan`, body, "import this?");
        if (!agreed.ok) return agreed;
        const applied = await client.send("POST", path, appliedSchema, body, agreed.value ?? undefined);
        if (!applied.ok) return applied;
        const seen = agreed.value === null ? changeLines(applied.value.changes, terminal) : [];
        return ok({ json: applied.value, text: [...seen, `the epoch is ${applied.value.epoch}`].join("\n") });
      }),
    );
}
