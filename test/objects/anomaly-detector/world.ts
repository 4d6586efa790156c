import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, vi } from "vitest";
import { Mitigator } from "../../../durable-objects/mitigator/object.ts";
import { anomalyDetector } from "../../../durable-objects/stubs.ts";
import type { AttackReport } from "../../../src/shield/attack.ts";
import type { TrafficSecond } from "../../../src/shield/traffic/traffic-second.ts";
import type { RegionId } from "../../../src/table/region.ts";
import type { ServiceId } from "../../../src/table/service.ts";
import { tick } from "../alarms.ts";

/** A time that the runtime's own clock does not reach, so that no alarm fires by itself: tests run each one. */
const start = Date.UTC(2100, 0, 1);
/** Seconds that the detectors of the tests need, see vitest.config.ts. */
export const LEAST_AGE_S = 60;
export const REGION = "eu-west-1" as RegionId;

/** Requests a second of one client. */
export function secondOf(second: number, requests: Readonly<Record<string, number>>): TrafficSecond {
  const clients = Object.entries(requests).filter(([, count]) => count > 0);
  const total = clients.reduce((sum, [, count]) => sum + count, 0);
  const traits = { country: "DE", asn: 3320, method: "GET", pathClass: "/", agentFamily: "chrome" };
  const common = { region: REGION, result: "2xx" };
  return {
    second,
    blocked: 0,
    services: [
      {
        service: "api" as ServiceId,
        cells: total > 0 ? [{ ...common, requests: total }] : [],
        samples: clients.map(([client, count]) => ({ traits: { ...traits, client }, ...common, weight: count })),
        clients: clients.map(([client, count]) => ({ client, region: REGION, requests: count })),
      },
    ],
  };
}

/** One detector whose alarms are run by hand, and what the mitigator hears of it. */
export class World {
  readonly reports: AttackReport[] = [];
  readonly sighted: string[] = [];
  isMitigatorDeaf = false;
  readonly #scope: string;

  constructor(scope: string) {
    this.#scope = scope;
    vi.spyOn(Mitigator.prototype, "attacked").mockImplementation(async (report) => {
      if (this.isMitigatorDeaf) throw new Error("deaf");
      if (report.scope === this.#scope) this.reports.push(report);
    });
    vi.spyOn(Mitigator.prototype, "sighted").mockImplementation(async (clients) => {
      this.sighted.push(...clients.map(({ client }) => client));
    });
  }

  get stub() {
    return env.ANOMALY_DETECTOR.getByName(this.#scope);
  }

  get api() {
    return anomalyDetector(env, this.#scope);
  }

  /** So many seconds of requests by client, each told when it has ended, and judged. */
  async run(seconds: number, requests: Readonly<Record<string, number>>): Promise<void> {
    for (let i = 0; i < seconds; i++) {
      const second = Math.floor(Date.now() / 1000);
      vi.setSystemTime((second + 1) * 1000);
      await this.api.countTraffic([secondOf(second, requests)]);
      // Of what is told, one in ten is judged together.
      if (i % 10 === 9 || seconds < 10) await this.judge();
    }
    await this.judge();
  }

  async judge(): Promise<void> {
    const at = await runInDurableObject(this.stub, (_, { storage }) => storage.getAlarm());
    if (at !== null && at <= Date.now()) await tick(this.stub);
  }

  restart(): Promise<void> {
    return evictDurableObject(this.stub);
  }
}

/** A new world for each test. */
export function useWorld(): { current: World } {
  const world = { current: undefined as unknown as World };
  let count = 0;
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime(start + 86_400_000 * count);
    count += 1;
    world.current = new World(count === 1 ? "global" : `region-${count}`);
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });
  return world;
}
