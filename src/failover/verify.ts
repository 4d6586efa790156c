import type { PopulationRow } from "../simulation/population.ts";
import { simulate } from "../simulation/simulate.ts";
import type { Failovers } from "../table/failover.ts";
import { compileSnapshot } from "../table/snapshot.ts";
import { type PublishedTable, withoutAddresses } from "../table/table.ts";
import { partUp } from "./confirm.ts";

/** One thing that must be so once a region is failed over. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** The regions whose failovers concern one: its own, else those that send their clients to it. */
export function failedOver(failovers: Failovers, region: string): string[] {
  if (failovers.has(region)) return [region];
  const leadsThere = (from: string) => failovers.get(from)?.targets.some((target) => target.region === region);
  return [...failovers.keys()].filter(leadsThere);
}

/**
 * What can be seen of a failover from the table, by the code that routes: that nobody is sent to the region, who is left
 * without any, and that the targets are up. A region without a failover has nothing to be checked.
 */
export function verifyTable(
  published: PublishedTable,
  region: string,
  rows: readonly PopulationRow[],
  now: number,
): Check[] {
  const failover = published.failovers.get(region);
  if (!failover) return [];
  const table = withoutAddresses(published.table);
  const snapshot = compileSnapshot({ ...published, table });
  const { regions, outcome } = simulate(snapshot, snapshot, rows, { now, requestsPerSecond: null, serviceMs: 0 });
  const left = regions.find(({ id }) => id === region)?.after?.share ?? 0;
  const { noneHealthy } = outcome.after;
  const down = failover.targets.filter((target) => (partUp(published, target.region) ?? 0) === 0);
  return [
    {
      name: "traffic",
      ok: failover.percent > 0 || left === 0,
      detail:
        left === 0
          ? `the table sends nobody to ${region}`
          : `the table sends ${percent(left)} of all traffic to ${region}`,
    },
    {
      name: "clients",
      ok: noneHealthy < 1,
      detail: noneHealthy === 0 ? "everybody has a region" : `${percent(noneHealthy)} of all traffic has no region`,
    },
    {
      name: "targets",
      ok: down.length < failover.targets.length,
      detail:
        down.length === 0
          ? `${failover.targets.map((target) => target.region).join(", ")} up`
          : `${down.map((target) => target.region).join(", ")} down`,
    },
  ];
}

const percent = (part: number): string => `${(part * 100).toFixed(1)} %`;
