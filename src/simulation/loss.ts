import type { PublishedTable } from "../table/table.ts";
import { noVotes, type Verdict } from "../table/verdict.ts";

/** What is to fail: regions with all their backends, and backends by themselves. */
export interface Loss {
  readonly regions: readonly string[];
  readonly backends: readonly string[];
}

export const nothingLost: Loss = { regions: [], backends: [] };

/** What a table does not have of what is to be lost: `regions/mars`. */
export function unknownOf({ table }: PublishedTable, { regions, backends }: Loss): string[] {
  return [
    ...regions.filter((id) => !table.regions.has(id)).map((id) => `regions/${id}`),
    ...backends.filter((id) => !table.backends.has(id)).map((id) => `backends/${id}`),
  ];
}

/** The table after a loss: as if health checking had found those backends down. */
export function lose(published: PublishedTable, loss: Loss, now: number): PublishedTable {
  const verdict: Verdict = {
    status: "down",
    since: now,
    recoveredAt: null,
    checkedAt: now,
    latencyMs: null,
    load: null,
    vantage: "simulation",
    detail: "lost in a simulation",
    votes: noVotes,
  };
  const regions = new Set(loss.regions);
  const backends = new Set(loss.backends);
  const lost = [...published.table.backends].filter(([id, { region }]) => backends.has(id) || regions.has(region));
  return { ...published, health: new Map([...published.health, ...lost.map(([id]) => [id, verdict] as const)]) };
}
