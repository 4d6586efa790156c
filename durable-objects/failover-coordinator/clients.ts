import { demandCoversFrom, demandSince } from "../../src/adapters/d1/demand.ts";
import type { Clients } from "../../src/failover/trial.ts";
import { demandPopulation } from "../../src/simulation/population.ts";
import { worldPopulation } from "../../src/simulation/world.ts";
import type { Table } from "../../src/table/table.ts";
import { withTimeout } from "../with-timeout.ts";

/** How far back the traffic is looked at, milliseconds. */
const DEMAND_MS = 3_600_000;
const DEMAND_TIMEOUT_MS = 3000;
/** Rows of clients that are tried out, the largest. */
const MAX_ROWS = 1000;
/** Services whose clients are taken to be the people of the world, where nothing was counted. */
const MAX_WORLDS = 4;

/** Whom the edges served in the last hour; the people of the world where there was nobody, or nobody can be asked. */
export async function readClients(db: D1Database, { services }: Table, now: number): Promise<Clients> {
  const since = now - DEMAND_MS;
  try {
    const counted = Promise.all([demandSince(db, since), demandCoversFrom(db, since)]);
    const [demand, from] = await withTimeout(counted, DEMAND_TIMEOUT_MS);
    const seconds = Math.max(1, (now - (from ?? since)) / 1000);
    const rows = demandPopulation(demand, seconds)
      .filter(({ weight }) => weight > 0)
      .sort((a, b) => b.weight - a.weight)
      .slice(0, MAX_ROWS);
    const requestsPerSecond = rows.reduce((sum, { weight }) => sum + weight, 0);
    if (rows.length > 0) return { rows, requestsPerSecond };
  } catch (cause) {
    console.warn("failover coordinator: the last hour's traffic cannot be read", cause);
  }
  const rows = [...services.keys()].slice(0, MAX_WORLDS).flatMap(worldPopulation);
  return { rows, requestsPerSecond: null };
}
