import type { BackendStanding } from "../../src/failover/checks-trigger.ts";
import type { RegionSight } from "../../src/failover/watched-region.ts";
import { meanLoad } from "../../src/health/mean-load.ts";
import type { RegionReading } from "../../src/health/region-window.ts";
import type { Backend } from "../../src/table/backend.ts";
import type { PublishedTable } from "../../src/table/table.ts";
import type { Verdict } from "../../src/table/verdict.ts";

/** When edges last said of a backend that it fails real traffic, Unix milliseconds, by backend id. */
export type Suspicions = ReadonlyMap<string, number>;

/** Whether a backend is down by so few vantages that the edges are asked. */
export const isAnyUnsure = ({ health }: Pick<PublishedTable, "health">): boolean =>
  [...health.values()].some(({ status, votes }) => status === "down" && votes.confidence === "low");

/** What can be seen of each region of the table. */
export function sightsOf(
  { table, health }: Pick<PublishedTable, "table" | "health">,
  readings: ReadonlyMap<string, RegionReading>,
  suspicions: Suspicions,
): Map<string, RegionSight> {
  const members = new Map<string, [id: string, backend: Backend][]>();
  for (const [id, backend] of table.backends) {
    if (backend.state === "disabled") continue;
    const region = members.get(backend.region);
    if (region) region.push([id, backend]);
    else members.set(backend.region, [[id, backend]]);
  }
  return new Map(
    [...table.regions].map(([id, region]) => {
      const backends = (members.get(id) ?? []).map(([backend]) => ({ backend, verdict: health.get(backend) ?? null }));
      const known = backends.flatMap(({ verdict }) => (verdict ? [verdict] : []));
      const up = known.filter(({ status }) => status === "up");
      const sight: RegionSight = {
        region,
        standings: backends.map(({ backend, verdict }) => standingOf(backend, verdict, suspicions)),
        backends: { up: up.length, total: known.length },
        load: meanLoad(up.flatMap(({ load }) => (load === null ? [] : [load]))),
        reading: readings.get(id) ?? null,
      };
      return [id, sight];
    }),
  );
}

function standingOf(id: string, verdict: Verdict | null, suspicions: Suspicions): BackendStanding {
  return {
    id,
    status: verdict?.status ?? "unknown",
    since: verdict?.since ?? 0,
    confidence: verdict?.votes.confidence ?? "full",
    suspectedAt: suspicions.get(id) ?? null,
  };
}
