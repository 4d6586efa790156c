import { join } from "node:path";
import type { Command } from "commander";
import { z } from "zod";
import { ok } from "../../../src/base/result.ts";
import { controlHealthSchema, regionHealthSchema } from "../../../workers/control/schema/health.ts";
import { shieldStatusSchema } from "../../../workers/control/schema/mitigation.ts";
import type { Cli, Terminal } from "../cli.ts";
import { columns } from "../columns.ts";
import { defenceWords } from "../defence-words.ts";
import { formatDuration } from "../duration.ts";
import { explain } from "../failure.ts";
import { openFailovers } from "../open-failovers.ts";
import { regionColumns } from "../region-columns.ts";
import { stateDirectory } from "../state-directory.ts";
import { watchable, watched } from "../watched.ts";

const EDGE_TIMEOUT_MS = 3000;

export function declareStatus(program: Command, cli: Cli): void {
  watchable(cli.verb(program, "status"))
    .description(
      "the table's epoch, the regions, what is done about attacks, and whether control plane and edge answer",
    )
    .action(
      cli.act(
        watched(async ({ client, terminal }, _options: object) => {
          const control = await client.get("/health", controlHealthSchema);
          if (!control.ok) return control;
          const regions = await client.list("/health/regions", regionHealthSchema);
          if (!regions.ok) return regions;
          const shield = await client.get("/shield/status", shieldStatusSchema);
          const edge = await visitEdge(terminal);
          const { epoch, ageSeconds } = control.value;
          const age = ageSeconds === null ? "" : `; configuration changed ${formatDuration(ageSeconds)} ago`;
          const lines = [
            `table    epoch ${epoch}${age}`,
            `control  up at ${client.url}`,
            `edge     ${edge === null ? "not known: there is no world.json" : `${edge.status} at ${edge.url}`}`,
            // Who looks at regions is to see the rest all the same.
            `shield   ${shield.ok ? defenceWords(shield.value) : `not known: ${explain(shield.error)[0]}`}`,
            "",
            [columns(...regionColumns(regions.value)), ...(await openFailovers(client, null))].join("\n\n"),
          ];
          const services = shield.ok ? shield.value.services : null;
          const up = { url: client.url, status: "up" };
          const json = { epoch, ageSeconds, control: up, edge, shield: services, regions: regions.value };
          return ok({ json, text: lines.join("\n") });
        }),
      ),
    );
}

const worldSchema = z.object({ edge: z.url({ protocol: /^https?$/ }) });

/** Whether the local world's edge answers at all, whatever it answers; `null` where there is no local world. */
async function visitEdge(terminal: Terminal): Promise<{ readonly url: string; readonly status: "up" | "down" } | null> {
  let url: string;
  try {
    const text = await terminal.readFile(join(stateDirectory(terminal.env), "world.json"));
    url = worldSchema.parse(JSON.parse(text)).edge;
  } catch {
    return null;
  }
  try {
    const signal = AbortSignal.timeout(EDGE_TIMEOUT_MS);
    await terminal.fetch(new Request(url, { method: "HEAD", redirect: "manual", signal }));
    return { url, status: "up" };
  } catch {
    return { url, status: "down" };
  }
}
