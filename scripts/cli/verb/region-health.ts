import type { Command } from "commander";
import { counted } from "../../../src/base/counted.ts";
import { ok, type Result } from "../../../src/base/result.ts";
import { percent } from "../../../src/health/region-reason.ts";
import { type HealthPoint, type RegionHealth, regionHealthSchema } from "../../../workers/control/schema/health.ts";
import { type IncidentReply, incidentReplySchema } from "../../../workers/control/schema/incident.ts";
import { MAX_PAGE, type Page, pageSchema } from "../../../workers/control/schema/page.ts";
import type { Cli } from "../cli.ts";
import { columns } from "../columns.ts";
import { formatDuration } from "../duration.ts";
import { incidentColumns } from "../incident-columns.ts";
import { openFailovers } from "../open-failovers.ts";
import { formatMs, regionColumns } from "../region-columns.ts";
import { watchable, watched } from "../watched.ts";

interface Options {
  readonly region?: string;
  readonly since?: string;
}

export function declareRegionHealth(group: Command, cli: Cli): void {
  watchable(cli.verb(group, "health"))
    .description("how the regions are, and how they were")
    .option("--region <id>", "this region alone, with its backends and what each vantage says of them")
    .option("--since <time>", "and the history since a time (RFC 3339) or for a duration such as 1h")
    .action(
      cli.act(
        watched(async ({ client }, { region, since }: Options) => {
          const query = since === undefined ? "" : `?since=${encodeURIComponent(since)}`;
          if (region === undefined) {
            const regions = await client.list(`/health/regions${query}`, regionHealthSchema);
            if (!regions.ok) return regions;
            const open = await client.get(`/incidents?state=open&limit=${MAX_PAGE}`, pageSchema(incidentReplySchema));
            const text = [
              columns(...regionColumns(regions.value)),
              ...(await openFailovers(client, null)),
              ...incidents(open),
              ...history(regions.value),
            ];
            return ok({ json: regions.value, text: text.join("\n\n") });
          }
          const one = await client.get(`/health/regions/${encodeURIComponent(region)}${query}`, regionHealthSchema);
          if (!one.ok) return one;
          const open = await client.get(
            `/incidents?state=open&region=${encodeURIComponent(region)}&limit=${MAX_PAGE}`,
            pageSchema(incidentReplySchema),
          );
          const text = [
            columns(...regionColumns([one.value])),
            ...(await openFailovers(client, region)),
            ...observed(one.value),
            backendColumns(one.value),
            ...vantageColumns(one.value),
            ...incidents(open),
            ...transitions(one.value),
            ...history([one.value]),
          ];
          return ok({ json: one.value, text: text.join("\n\n") });
        }),
      ),
    );
}

function backendColumns({ backends }: RegionHealth): string {
  const rows = backends.map(({ id, status, state, votes, latencyMs, checkedAt, vantage, detail }) => [
    id,
    status,
    state,
    votes === null ? "-" : `${votes.up} up, ${votes.down} down${votes.confidence === "low" ? ", unsure" : ""}`,
    formatMs(latencyMs),
    checkedAt ?? "never",
    vantage ?? "-",
    detail ?? "",
  ]);
  return columns(["BACKEND", "STATUS", "STATE", "VOTES", "LATENCY", "CHECKED", "VANTAGE", "DETAIL"], rows);
}

/** Who says what, since when; nothing where nobody has looked yet. */
function vantageColumns({ backends }: RegionHealth): string[] {
  const rows = backends.flatMap(({ id, vantages = [] }) =>
    vantages.map(({ vantage, status, counts, since, heardAt, latencyMs, detail }) => {
      const says = counts ? status : `${status}, too long ago`;
      return [id, vantage, says, since, heardAt, formatMs(latencyMs), detail];
    }),
  );
  const headings = ["BACKEND", "VANTAGE", "SAYS", "SINCE", "HEARD", "LATENCY", "DETAIL"];
  return rows.length === 0 ? [] : [columns(headings, rows)];
}

/** What the region is held to be and why, and how near its triggers are. */
function observed({ observed: seen }: RegionHealth): string[] {
  if (seen === null) return [];
  const { state, since, reasons, requests, errorRate, p95Ms, triggers } = seen;
  const traffic =
    requests === 0
      ? "none"
      : `${counted(requests, "request")}, ${percent(errorRate ?? 0)} failed, p95 ${formatMs(p95Ms)}`;
  const rows = triggers.map((trigger) => [
    trigger.kind,
    trigger.fired ? "holds" : trigger.since === null ? "no" : "not yet",
    trigger.since ?? "-",
    formatDuration(trigger.neededSeconds),
    trigger.detail,
  ]);
  return [
    [
      `state    ${state} since ${since}${reasons.length === 0 ? "" : `: ${reasons.join("; ")}`}`,
      `traffic  in 20 s: ${traffic}`,
    ].join("\n"),
    columns(["TRIGGER", "HOLDS", "SINCE", "FOR", "DETAIL"], rows),
  ];
}

/** D1 has them, without which the rest is shown all the same. */
function incidents(open: Result<Pick<Page<IncidentReply>, "items">, unknown>): string[] {
  if (!open.ok) return ["the open incidents cannot be read"];
  return open.value.items.length === 0 ? [] : [incidentColumns(open.value.items)];
}

function transitions({ transitions: changes = [] }: RegionHealth): string[] {
  if (changes.length === 0) return [];
  const rows = changes.map(({ at, from, to, reasons }) => [at, from, to, reasons.join("; ")]);
  return [columns(["AT", "FROM", "TO", "WHY"], rows)];
}

function history(regions: readonly RegionHealth[]): string[] {
  if (regions.every((region) => region.history === undefined)) return [];
  const points = regions.flatMap((region) => region.history ?? []);
  if (points.length === 0) return ["there is no history since then"];
  const rows = points
    .sort((a, b) => (a.at < b.at ? 1 : -1))
    .map(({ at, backend, status, latencyMs, vantage, detail }: HealthPoint) => [
      at,
      backend,
      status,
      formatMs(latencyMs),
      vantage,
      detail,
    ]);
  return [columns(["AT", "BACKEND", "STATUS", "LATENCY", "VANTAGE", "DETAIL"], rows)];
}
