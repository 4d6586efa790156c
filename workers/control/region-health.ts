import type { RegionStatus as Observed } from "../../durable-objects/region-watch/api.ts";
import { meanLoad } from "../../src/health/mean-load.ts";
import { takesNewClients } from "../../src/routing/standing.ts";
import type { Backend } from "../../src/table/backend.ts";
import type { PublishedTable } from "../../src/table/table.ts";
import type { Verdict } from "../../src/table/verdict.ts";
import { toObserved } from "./observed-region.ts";
import type { BackendHealth, RegionHealth, RegionStatus } from "./schema/health.ts";

interface Standing {
  readonly id: string;
  readonly backend: Backend;
  readonly verdict: Verdict | null;
}

/** A region's health, from the verdicts on its backends, with what it is held to be. */
export function regionHealth(
  published: PublishedTable,
  observed: ReadonlyMap<string, Observed>,
  id: string,
): RegionHealth | undefined {
  const region = published.table.regions.get(id);
  if (!region) return undefined;
  const standings = [...published.table.backends]
    .filter(([, backend]) => backend.region === id)
    .map(([id, backend]): Standing => ({ id, backend, verdict: published.health.get(id) ?? null }));
  const verdicts = standings
    .filter(({ backend }) => backend.state !== "disabled")
    .flatMap(({ verdict }) => (verdict ? [verdict] : []));
  const up = verdicts.filter((verdict) => verdict.status === "up");
  const seen = observed.get(id);
  return {
    id,
    name: region.name,
    status: statusOf(up.length, verdicts.length),
    state: region.state,
    weight: region.weight,
    dialPercent: region.dialPercent,
    backendsUp: up.length,
    backendsOpen: standings.filter(
      ({ backend, verdict }) => verdict?.status !== "down" && takesNewClients({ backend, region: { region } }),
    ).length,
    latencyMs: median(up.flatMap(({ latencyMs }) => (latencyMs === null ? [] : [latencyMs]))),
    load: meanLoad(up.flatMap(({ load }) => (load === null ? [] : [load]))),
    checkedAt: verdicts.length === 0 ? null : toTime(Math.min(...verdicts.map(({ checkedAt }) => checkedAt))),
    observed: seen ? toObserved(seen) : null,
    backends: standings.map(toBackendHealth),
  };
}

/** Disabled backends and those never checked do not count. */
function statusOf(up: number, checked: number): RegionStatus {
  if (checked === 0) return "unknown";
  if (up === 0) return "down";
  return up < checked ? "degraded" : "up";
}

function toBackendHealth({ id, backend, verdict }: Standing): BackendHealth {
  const { state } = backend;
  if (!verdict)
    return {
      id,
      status: "unknown",
      state,
      since: null,
      recoveredAt: null,
      checkedAt: null,
      latencyMs: null,
      load: null,
      vantage: null,
      detail: null,
    };
  const recoveredAt = verdict.recoveredAt === null ? null : toTime(verdict.recoveredAt);
  return { id, ...verdict, state, since: toTime(verdict.since), recoveredAt, checkedAt: toTime(verdict.checkedAt) };
}

function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[sorted.length >> 1];
  const lower = sorted[(sorted.length - 1) >> 1];
  return upper === undefined || lower === undefined ? null : (lower + upper) / 2;
}

const toTime = (ms: number) => new Date(ms).toISOString();
