import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, vi } from "vitest";
import { coloObserver, regionWatch, routingTable } from "../../../durable-objects/stubs.ts";
import { RegionCounts, type RegionRow } from "../../../src/health/region-counts.ts";
import { seedRegions } from "../../../src/seed/regions.ts";
import type { Vantage } from "../../../src/table/region.ts";
import type { Vote } from "../../../src/table/verdict.ts";
import { nextAlarmAt, runAlarms, tick } from "../alarms.ts";
import { eventually } from "../eventually.ts";

/** A time that the runtime's own clock does not reach, so that no alarm fires by itself: tests run each one. */
const start = Date.UTC(2100, 0, 1);

export const REGION = "eu-west-1";

/** So many answers of so many milliseconds, and so many failures, of one region. */
export function rowsOf(answers: number, failures = 0, ms = 40, region = REGION): RegionRow[] {
  const counts = new RegionCounts();
  for (let i = 0; i < answers; i++) counts.count(region, ms, false);
  for (let i = 0; i < failures; i++) counts.count(region, 0, true);
  return counts.rows();
}

/** One watch over a table of two regions with two backends each, whose alarms are run by hand. */
export class World {
  #sequences = 0;

  get stub() {
    return env.REGION_WATCH.getByName("global");
  }

  get api() {
    return regionWatch(env);
  }

  nextAlarmAt(): Promise<number> {
    return nextAlarmAt(this.stub);
  }

  tick(): Promise<void> {
    return tick(this.stub);
  }

  run(forMs: number): Promise<void> {
    return runAlarms(this.stub, forMs);
  }

  async apply(patch: Readonly<Record<string, unknown>>): Promise<void> {
    const options = { actor: { principal: "test", requestId: "test" }, summary: "test", ifEpoch: null };
    expect(await routingTable(env).apply(patch, options)).toMatchObject({ ok: true });
  }

  /** What vantages say of the backends of a region, the first of them first; with fewer than three nobody is sure. */
  async judge(statuses: readonly Vote["status"][], vantages: readonly Vantage[] = ["weur", "enam", "apac"]) {
    const now = Date.now();
    const reports = vantages.flatMap((vantage) =>
      statuses.map((status, i) => ({
        backend: `${REGION}-${"abc"[i]}` as never,
        vote: {
          status,
          since: now,
          recoveredAt: null,
          checkedAt: now,
          latencyMs: 10,
          load: null,
          vantage,
          detail: "test",
          confirming: false,
        },
      })),
    );
    await routingTable(env).report(reports);
  }

  /** As an observer tells it. */
  async tell(rows: readonly RegionRow[], urgent = false): Promise<void> {
    const batch = { sender: "FRA", sequence: ++this.#sequences, rows: [...rows], urgent };
    await this.api.telemetry("FRA", batch);
  }

  async status(region = REGION) {
    const found = (await this.api.status()).find((each) => each.region === region);
    if (!found) throw new Error(`${region} is not watched`);
    return found;
  }

  async stateOf(region = REGION): Promise<string> {
    return (await this.status(region)).state;
  }

  /** As an isolate tells it to the observer of its colo. */
  report(sender: string, sequence: number, rows: readonly RegionRow[], urgent = false) {
    const traffic = { sender, sequence, rows: [...rows], urgent };
    return coloObserver(env, "FRA").observe("FRA", { samples: [], wanted: [], others: [], demand: [], traffic });
  }
}

/** A fresh world for each test of a file; only the objects' clock is faked. */
export function useWorld(): { readonly current: World } {
  const world = { current: new World() };
  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: start });
    // The health monitor hears of the table too, and finds nobody.
    vi.spyOn(globalThis, "fetch").mockRejectedValue(new TypeError("Network connection lost."));
    world.current = new World();
    const regions = ["eu-west-1", "us-east-1"] as const;
    await world.current.apply({
      // A failover would go on beyond the test that it began in.
      regions: Object.fromEntries(regions.map((id) => [id, { ...seedRegions[id], failover: { automatic: false } }])),
      backends: Object.fromEntries(
        regions.flatMap((region) =>
          ["a", "b"].map((letter) => [`${region}-${letter}`, { region, url: `http://${region}-${letter}.test` }]),
        ),
      ),
    });
    // The table tells of the change without waiting for who hears it.
    await eventually(() => world.current.nextAlarmAt());
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });
  return world;
}
