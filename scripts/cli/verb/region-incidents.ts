import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { type IncidentReply, incidentReplySchema } from "../../../workers/control/schema/incident.ts";
import { MAX_PAGE } from "../../../workers/control/schema/page.ts";
import type { Cli } from "../cli.ts";
import { columns } from "../columns.ts";
import { incidentColumns } from "../incident-columns.ts";
import { cutNote, limited, readNewest } from "../newest.ts";

interface Options {
  readonly region?: string;
  readonly open?: true;
  readonly limit: number;
}

export function declareRegionIncidents(group: Command, cli: Cli): void {
  limited(cli.verb(group, "incidents"), 20, MAX_PAGE)
    .description("the failures of regions, newest first")
    .option("--region <id>", "of this region alone, with what was done")
    .option("--open", "only those that have not ended")
    .action(
      cli.act(async ({ client }, { region, open, limit }: Options) => {
        const query = new URLSearchParams({
          state: open ? "open" : "all",
          ...(region === undefined ? {} : { region }),
        });
        const incidents = await readNewest(client, `/incidents?${query}`, limit, incidentReplySchema);
        if (!incidents.ok) return incidents;
        const { items } = incidents.value;
        if (items.length === 0) return ok({ json: items, text: open ? "no incident is open" : "there is no incident" });
        const courses = region === undefined ? [] : items.map(course);
        const note = cutNote(incidents.value, limit, MAX_PAGE);
        return ok({ json: items, text: [incidentColumns(items), ...courses, ...note].join("\n\n") });
      }),
    );
}

/** What was done in the course of an incident. */
function course({ id, actions }: IncidentReply): string {
  return `${id}\n${columns(
    ["AT", "WHAT"],
    actions.map(({ at, what }) => [at, what]),
  )}`;
}
