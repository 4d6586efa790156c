import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { routingTable } from "../../../durable-objects/stubs.ts";
import { useFakeClock } from "../health-monitor/world.ts";
import { RoadWorld, seedRoads } from "./roads.ts";

useFakeClock();
beforeAll(seedRoads);

describe("an edge with its observer and its table", () => {
  it.each([
    ["BOG", "CO", "sa-east-1", { "sa-east-1": 45, "us-east-1": 120, "ca-central-1": 100 }],
    ["KEF", "IS", "eu-central-1", { "eu-central-1": 40, "eu-west-1": 90, "eu-west-2": 70, "us-east-1": 95 }],
    ["DEL", "IN", "me-south-1", { "me-south-1": 30, "ap-south-1": 60, "ap-southeast-1": 75 }],
  ] as const)(
    "at %s learns the fastest region within 20 measurements of each",
    async (colo, country, fastest, roads) => {
      const world = new RoadWorld({ colo, country }, roads);
      expect(await world.send()).not.toBe(fastest);
      expect(await world.secondsUntil(fastest)).toBeLessThan(120);
      expect(Math.max(...Object.values(world.probes))).toBeLessThanOrEqual(20);
      const row = (await routingTable(env).read()).learned.get(colo);
      // What the backend takes itself is not of the road.
      expect(row?.[fastest as keyof typeof row]?.ms).toBeCloseTo(roads[fastest as keyof typeof roads] ?? 0, 0);
    },
  );

  it("leaves a region that becomes slow within a minute, and comes back within a minute and a half", async () => {
    const near = { "eu-central-1": 8, "eu-west-2": 22, "eu-west-1": 30 };
    const world = new RoadWorld({ colo: "FRA", country: "DE", asn: 3320 }, near);
    await world.traffic(300_000, 500);
    world.roads = { ...near, "eu-central-1": 308 };
    expect(await world.secondsUntil("eu-west-2")).toBeLessThan(60);
    // It stays away for as long as the road is slow.
    expect(new Set(await world.traffic(600_000, 1000))).toEqual(new Set(["eu-west-2"]));
    world.roads = near;
    expect(await world.secondsUntil("eu-central-1")).toBeLessThan(90);
  });

  it("comes back to a region that is faster than anybody would guess, past a rival that is nearly as fast", async () => {
    const near = { "eu-west-1": 6, "eu-west-2": 9, "eu-central-1": 25 };
    const world = new RoadWorld({ colo: "LHR", country: "GB" }, near);
    // Nobody would measure it for its guess; what cannot be fast by that is looked at every five minutes.
    expect(await world.secondsUntil("eu-west-1", 1200)).toBeGreaterThan(0);
    await world.traffic(60_000, 500);
    world.roads = { ...near, "eu-west-1": 306 };
    expect(await world.secondsUntil("eu-west-2")).toBeLessThan(60);
    expect(new Set(await world.traffic(600_000, 1000))).toEqual(new Set(["eu-west-2"]));
    world.roads = near;
    expect(await world.secondsUntil("eu-west-1")).toBeLessThan(90);
  });

  it("is not moved by a single slow request", async () => {
    const world = new RoadWorld({ colo: "CDG", country: "FR" }, { "eu-west-2": 12, "eu-central-1": 20 });
    await world.secondsUntil("eu-west-2");
    await world.traffic(60_000, 500);
    world.delayOnceMs = 3000;
    expect(new Set(await world.traffic(60_000, 500))).toEqual(new Set(["eu-west-2"]));
  });

  it("measures what is known once a minute, and what traffic takes not at all", async () => {
    const world = new RoadWorld(
      { colo: "MXP", country: "IT" },
      { "eu-central-1": 14, "eu-west-2": 26, "eu-west-1": 35 },
    );
    await world.traffic(600_000, 1000);
    const before = { ...world.probes };
    await world.traffic(600_000, 1000);
    const more = Object.entries(world.probes).map(([region, count]) => [region, count - (before[region] ?? 0)]);
    for (const [region, count] of more) {
      // Each minute one that opens the connection and one that counts.
      expect(count, `${region}`).toBeLessThanOrEqual(region === "eu-central-1" ? 0 : 20);
    }
  });
});
