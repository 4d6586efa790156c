import { type Command, InvalidArgumentError } from "commander";
import { ok } from "../../../src/base/result.ts";
import { type IncidentReply, incidentReplySchema } from "../../../workers/control/schema/incident.ts";
import { MAX_PAGE, pageSchema } from "../../../workers/control/schema/page.ts";
import type { Cli } from "../cli.ts";
import { columns } from "../columns.ts";
import { incidentColumns } from "../incident-columns.ts";

interface Options {
  readonly region?: string;
  readonly open?: true;
  readonly limit: number;
}

export function declareRegionIncidents(group: Command, cli: Cli): void {
  cli
    .verb(group, "incidents")
    .description("the failures of regions, newest first")
    .option("--region <id>", "of this region alone, with what was done")
    .option("--open", "only those that have not ended")
    .option("--limit <count>", `at most this many, 1 to ${MAX_PAGE}`, parseLimit, 20)
    .action(
      cli.act(async ({ client }, { region, open, limit }: Options) => {
        const query = new URLSearchParams({
          limit: String(limit),
          state: open ? "open" : "all",
          ...(region === undefined ? {} : { region }),
        });
        const page = await client.get(`/incidents?${query}`, pageSchema(incidentReplySchema));
        if (!page.ok) return page;
        const { items } = page.value;
        if (items.length === 0) return ok({ json: items, text: open ? "no incident is open" : "there is no incident" });
        const courses = region === undefined ? [] : items.map(course);
        return ok({ json: items, text: [incidentColumns(items), ...courses].join("\n\n") });
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

function parseLimit(text: string): number {
  const limit = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > MAX_PAGE) throw new InvalidArgumentError(`Expected 1 to ${MAX_PAGE}.`);
  return limit;
}
