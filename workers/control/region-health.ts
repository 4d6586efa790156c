import type { RegionStatus as Observed } from "../../durable-objects/region-watch/api.ts";
import type { Votes } from "../../durable-objects/routing-table/api.ts";
import { meanLoad } from "../../src/health/mean-load.ts";
import { counts, type HeldVote } from "../../src/health/quorum.ts";
import { takesNewClients } from "../../src/routing/standing.ts";
import type { Backend } from "../../src/table/backend.ts";
import type { Verdict } from "../../src/table/verdict.ts";
import { toObserved } from "./observed-region.ts";
import type { TableHealth } from "./reach.ts";
import type { BackendHealth, RegionHealth, RegionStatus, VantageWord } from "./schema/health.ts";
import { toTime } from "./to-time.ts";

interface Standing {
  readonly id: string;
  readonly backend: Backend;
  readonly verdict: Verdict | null;
  readonly suspectedAt: number | null;
}

/** A region's health, from the verdicts on its backends, with what it is held to be. */
export function regionHealth(
  published: TableHealth,
  observed: ReadonlyMap<string, Observed>,
  id: string,
): RegionHealth | undefined {
  const region = published.table.regions.get(id);
  if (!region) return undefined;
  const standings = [...published.table.backends]
    .filter(([, backend]) => backend.region === id)
    .map(([id, backend]): Standing => {
      const suspectedAt = published.suspectedAt.get(id) ?? null;
      return { id, backend, verdict: published.health.get(id) ?? null, suspectedAt };
    });
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

/** What a region's backends look like from each vantage. */
export function withVotes(region: RegionHealth, votes: Votes, now: number): RegionHealth {
  const backends = region.backends.map((backend) => {
    const vantages = (votes.get(backend.id) ?? []).map((held) => toWord(held, now));
    return { ...backend, vantages: vantages.sort((a, b) => (a.vantage < b.vantage ? -1 : 1)) };
  });
  return { ...region, backends };
}

function toWord({ vote, heardAt }: HeldVote, now: number): VantageWord {
  const { vantage, status, since, checkedAt, latencyMs, detail } = vote;
  const times = { since: toTime(since), checkedAt: toTime(checkedAt), heardAt: toTime(heardAt) };
  return { vantage, status, ...times, counts: counts(heardAt, now), latencyMs, detail };
}

function toBackendHealth({ id, backend, verdict, suspectedAt: suspected }: Standing): BackendHealth {
  const { state } = backend;
  const suspectedAt = suspected === null ? null : toTime(suspected);
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
      votes: null,
      suspectedAt,
    };
  const recoveredAt = verdict.recoveredAt === null ? null : toTime(verdict.recoveredAt);
  const times = { since: toTime(verdict.since), recoveredAt, checkedAt: toTime(verdict.checkedAt), suspectedAt };
  return { id, ...verdict, state, ...times };
}

function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[sorted.length >> 1];
  const lower = sorted[(sorted.length - 1) >> 1];
  return upper === undefined || lower === undefined ? null : (lower + upper) / 2;
}
