import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { AnomalyDetector } from "../../../durable-objects/anomaly-detector/object.ts";
import { coloObserver } from "../../../durable-objects/stubs.ts";
import { requestsOf, type TrafficSecond } from "../../../src/shield/traffic/traffic-second.ts";
import type { RegionId } from "../../../src/table/region.ts";
import type { ServiceId } from "../../../src/table/service.ts";
import { eventually } from "../eventually.ts";
import { useFakeClock } from "../health-monitor/world.ts";

useFakeClock();

interface Telling {
  readonly scope: string;
  readonly seconds: readonly TrafficSecond[];
}

const told: Telling[] = [];
let isDetectorDeaf = false;
/** What it did not take. */
const missed: Telling[] = [];
let startedAt = 0;
beforeEach(() => {
  startedAt = Math.floor(Date.now() / 1000);
  told.length = 0;
  isDetectorDeaf = false;
  missed.length = 0;
  vi.spyOn(AnomalyDetector.prototype, "countTraffic").mockImplementation(async function (this: unknown, seconds) {
    const { ctx } = this as { readonly ctx: DurableObjectState };
    (isDetectorDeaf ? missed : told).push({ scope: ctx.id.name ?? "", seconds });
    if (isDetectorDeaf) throw new Error("deaf");
  });
});
afterEach(() => vi.restoreAllMocks());

function secondOf(counts: Readonly<Record<string, number>>, ago = 0): TrafficSecond {
  const rows = Object.entries(counts).map(([region, requests]) => ({ region: region as RegionId, requests }));
  const traits = { client: "203.0.113.5", country: "DE", asn: 1, method: "GET", pathClass: "/", agentFamily: "curl" };
  return {
    second: startedAt - ago,
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

/** Requests that a scope was told, in whatever parts, by seconds before the test. */
function requestsTold(scope: string, tellings: readonly Telling[] = told): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { second, services } of tellings
    .filter((each) => each.scope === scope)
    .flatMap(({ seconds }) => seconds)) {
    const ago = startedAt - second;
    counts[ago] = services.reduce((sum, each) => sum + requestsOf(each), counts[ago] ?? 0);
  }
  return counts;
}

describe("what the isolates of a colo were asked", () => {
  it("is told by second, all of it and the part of each region", async () => {
    const observer = coloObserver(env, "FRA");
    await observer.countTraffic([secondOf({ "eu-west-1": 100, "us-east-1": 10 })]);
    await observer.countTraffic([secondOf({ "eu-west-1": 50 }), secondOf({ "eu-west-1": 5 }, 1)]);
    await eventually(() => expect(requestsTold("global")).toEqual({ 0: 160, 1: 5 }));
    await eventually(() => expect(requestsTold("eu-west-1")).toEqual({ 0: 150, 1: 5 }));
    await eventually(() => expect(requestsTold("us-east-1")).toEqual({ 0: 10 }));
    expect(told.flatMap(({ seconds }) => seconds).reduce((sum, { blocked }) => sum + blocked, 0)).toBe(3);
  });

  it("is told together, with samples that stand for all of it", async () => {
    const observer = coloObserver(env, "CDG");
    // One call, so that no stall of the machine comes between.
    await observer.countTraffic([secondOf({ "eu-west-1": 100, "us-east-1": 60 }), secondOf({ "eu-west-1": 50 })]);
    await eventually(() => expect(requestsTold("global")).toEqual({ 0: 210 }));
    // What is told late would be taken for the next test's.
    await eventually(() => expect(requestsTold("eu-west-1")).toEqual({ 0: 150 }));
    await eventually(() => expect(requestsTold("us-east-1")).toEqual({ 0: 60 }));
    const [all] = told.filter(({ scope }) => scope === "global").map(({ seconds }) => seconds);
    expect(all).toHaveLength(1);
    expect(all?.[0]?.services).toMatchObject([{ clients: [{ client: "eu-west-1-client", requests: 150 }, {}] }]);
    const samples = all?.[0]?.services[0]?.samples ?? [];
    expect(samples.length).toBeLessThanOrEqual(64);
    expect(samples.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(210);
  });

  it("is not told again when the detector could not be reached", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const observer = coloObserver(env, "AMS");
    isDetectorDeaf = true;
    await observer.countTraffic([secondOf({ "eu-west-1": 100 })]);
    await eventually(() => expect(requestsTold("global", missed)).toEqual({ 0: 100 }));
    await eventually(() => expect(requestsTold("eu-west-1", missed)).toEqual({ 0: 100 }));
    isDetectorDeaf = false;
    await observer.countTraffic([secondOf({ "eu-west-1": 7 })]);
    await eventually(() => expect(requestsTold("global")).toEqual({ 0: 7 }));
    await eventually(() => expect(requestsTold("eu-west-1")).toEqual({ 0: 7 }));
  });

  it("that this version cannot read is passed over", async () => {
    const second = startedAt;
    const odd = {
      second,
      blocked: -5,
      services: [{ service: "api", cells: [{ region: "A B", requests: 1e99 }], samples: {} }],
    };
    await coloObserver(env, "VIE").countTraffic([odd, { second: second + 3600 }, 7] as never);
    await eventually(() => expect(told).toHaveLength(1));
    expect(told[0]?.seconds).toEqual([
      { second, blocked: 0, services: [{ service: "api", cells: [], samples: [], clients: [] }], limits: [] },
    ]);
  });
});
