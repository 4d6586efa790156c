import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { type HealthPoint, type RegionHealth, regionHealthSchema } from "../../../workers/control/schema/health.ts";
import type { Cli } from "../cli.ts";
import { columns } from "../columns.ts";
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
            const text = [columns(...regionColumns(regions.value)), ...history(regions.value)].join("\n\n");
            return ok({ json: regions.value, text });
          }
          const one = await client.get(`/health/regions/${encodeURIComponent(region)}${query}`, regionHealthSchema);
          if (!one.ok) return one;
          const tables = [columns(...regionColumns([one.value])), backendColumns(one.value)];
          const text = [...tables, ...vantageColumns(one.value), ...history([one.value])];
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
