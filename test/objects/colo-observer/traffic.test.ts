import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { AnomalyDetector } from "../../../durable-objects/anomaly-detector/object.ts";
import { coloObserver } from "../../../durable-objects/stubs.ts";
import { requestsOf, type TrafficSecond } from "../../../src/shield/traffic/traffic-second.ts";
import type { RegionId } from "../../../src/table/region.ts";
import type { ServiceId } from "../../../src/table/service.ts";
import { useFakeClock } from "../health-monitor/world.ts";

useFakeClock();

const told: (readonly TrafficSecond[])[] = [];
let isDetectorDeaf = false;
beforeEach(() => {
  told.length = 0;
  isDetectorDeaf = false;
  vi.spyOn(AnomalyDetector.prototype, "countTraffic").mockImplementation(async (seconds) => {
    if (isDetectorDeaf) throw new Error("deaf");
    told.push(seconds);
  });
});
afterEach(() => vi.restoreAllMocks());

function secondOf(counts: Readonly<Record<string, number>>, ago = 0): TrafficSecond {
  const rows = Object.entries(counts).map(([region, requests]) => ({ region: region as RegionId, requests }));
  const traits = { client: "203.0.113.5", country: "DE", asn: 1, method: "GET", pathClass: "/", agentFamily: "curl" };
  return {
    second: Math.floor(Date.now() / 1000) - ago,
    blocked: 1,
    services: [
      {
        service: "api" as ServiceId,
        cells: rows.map((row) => ({ ...row, result: "2xx" })),
        samples: rows.flatMap(({ region, requests }) =>
          Array.from({ length: Math.min(50, requests) }, () => ({
            traits,
            region,
            result: "2xx",
            weight: requests / Math.min(50, requests),
          })),
        ),
        clients: rows.map((row) => ({ ...row, client: `${row.region}-client` })),
      },
    ],
  };
}

const requests = (seconds: readonly TrafficSecond[] = []) =>
  seconds.map(({ second, services }) => [second, services.map(requestsOf)]);

describe("what the isolates of a colo were asked", () => {
  it("is added up by second and told together, all of it and the part of each region", async () => {
    const observer = coloObserver(env, "FRA");
    const [now, before] = [Math.floor(Date.now() / 1000), Math.floor(Date.now() / 1000) - 1];
    await observer.countTraffic([secondOf({ "eu-west-1": 100, "us-east-1": 10 })]);
    await observer.countTraffic([secondOf({ "eu-west-1": 50 }), secondOf({ "eu-west-1": 5 }, 1)]);
    await vi.waitFor(() => expect(told).toHaveLength(3));
    const [all, west, east] = told;
    expect(requests(all)).toEqual([
      [before, [5]],
      [now, [160]],
    ]);
    expect(requests(west)).toEqual([
      [before, [5]],
      [now, [150]],
    ]);
    expect(requests(east)).toEqual([[now, [10]]]);
    expect(all?.[1]).toMatchObject({
      blocked: 2,
      services: [{ clients: [{ client: "eu-west-1-client", requests: 150 }, {}] }],
    });
    const samples = all?.[1]?.services[0]?.samples ?? [];
    expect(samples.length).toBeLessThanOrEqual(64);
    expect(samples.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(160);
  });

  it("is not told again when the detector could not be reached", async () => {
    const warned = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const observer = coloObserver(env, "AMS");
    isDetectorDeaf = true;
    await observer.countTraffic([secondOf({ "eu-west-1": 100 })]);
    await vi.waitFor(() => expect(warned).toHaveBeenCalledTimes(2));
    isDetectorDeaf = false;
    await observer.countTraffic([secondOf({ "eu-west-1": 7 })]);
    await vi.waitFor(() => expect(told).toHaveLength(2));
    expect(requests(told[0]).map(([, counts]) => counts)).toEqual([[7]]);
  });

  it("that this version cannot read is passed over", async () => {
    const second = Math.floor(Date.now() / 1000);
    const odd = {
      second,
      blocked: -5,
      services: [{ service: "api", cells: [{ region: "A B", requests: 1e99 }], samples: {} }],
    };
    await coloObserver(env, "VIE").countTraffic([odd, { second: second + 3600 }, 7] as never);
    await vi.waitFor(() => expect(told).toHaveLength(1));
    expect(told[0]).toEqual([
      { second, blocked: 0, services: [{ service: "api", cells: [], samples: [], clients: [] }] },
    ]);
  });
});
