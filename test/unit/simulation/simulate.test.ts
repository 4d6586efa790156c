import { describe, expect, it } from "vitest";
import { nowhere } from "../../../src/geo/place.ts";
import { lose, nothingLost, unknownOf } from "../../../src/simulation/loss.ts";
import type { PopulationRow } from "../../../src/simulation/population.ts";
import { MAX_LISTED_PLACES, type Simulation, simulate } from "../../../src/simulation/simulate.ts";
import { worldPopulation } from "../../../src/simulation/world.ts";
import { compileSnapshot } from "../../../src/table/snapshot.ts";
import type { Health, PublishedTable } from "../../../src/table/table.ts";
import { down, testTable } from "../../fakes/world.ts";

const terms = { now: 0, requestsPerSecond: null, serviceMs: 50 };
const published = (patch: object = {}, health: Health = new Map()): PublishedTable => ({
  epoch: 1,
  table: testTable({ patch }),
  health,
  learned: new Map(),
  failovers: new Map(),
  defences: new Map(),
});
const seed = published();

const run = (before: PublishedTable, after: PublishedTable, options: Partial<typeof terms & { rate: number }> = {}) =>
  simulate(compileSnapshot(before), compileSnapshot(after), worldPopulation("api"), {
    ...terms,
    ...options,
    requestsPerSecond: options.rate ?? null,
  });

const shareOf = ({ regions }: Simulation, id: string) => {
  const region = regions.find((each) => each.id === id);
  return [region?.before?.share ?? null, region?.after?.share ?? null];
};
const sums = ({ regions }: Simulation) =>
  (["before", "after"] as const).map((side) => regions.reduce((sum, region) => sum + (region[side]?.share ?? 0), 0));

const one = (country: string, weight = 1): PopulationRow => ({
  place: { ...nowhere, country },
  target: { kind: "service", id: "api" },
  weight,
});

describe("no change", () => {
  it.each(["latency", "weighted", "geo", "failover", "round-robin", "least-outstanding", "hash"])(
    "makes no difference under %s",
    (policy) => {
      const table = published({ services: { api: { policy, canaryPercent: 20, residency: "preferred" } } });
      const simulation = run(table, table, { rate: 1e6 });
      expect(simulation.moved).toBe(0);
      for (const { before, after } of simulation.regions) expect(after).toEqual(before);
      expect(simulation.outcome.after).toEqual(simulation.outcome.before);
      expect(simulation.latency.added).toEqual({ meanMs: 0, p50Ms: 0, p95Ms: 0 });
      expect(simulation.latency.addedWhereMoved).toBeNull();
      expect(simulation.changed).toEqual({ count: 0, items: [] });
      for (const sum of sums(simulation)) expect(sum).toBeCloseTo(1, 9);
    },
  );
});

describe("the loss of a region", () => {
  const lost = run(seed, lose(seed, { regions: ["us-east-1"], backends: [] }, 0), { rate: 100_000 });

  it("moves its traffic, and only that", () => {
    const [before, after] = shareOf(lost, "us-east-1");
    expect(before).toBeGreaterThan(0.02);
    expect(after).toBe(0);
    expect(lost.moved).toBeCloseTo(before ?? 0, 9);
    for (const sum of sums(lost)) expect(sum).toBeCloseTo(1, 9);
    expect(lost.lost.count).toBe(0);
  });

  it("adds latency where traffic moves, and none elsewhere", () => {
    const { added, addedWhereMoved } = lost.latency;
    expect(added?.p50Ms).toBe(0);
    expect(added?.meanMs).toBeGreaterThan(0);
    expect(addedWhereMoved?.meanMs).toBeGreaterThan(added?.meanMs ?? 0);
    expect(addedWhereMoved?.p95Ms).toBeGreaterThanOrEqual(addedWhereMoved?.p50Ms ?? 0);
  });

  it("takes its capacity away and loads the others", () => {
    const region = lost.regions.find(({ id }) => id === "us-east-1");
    expect(region?.before?.connections).toBe(1000);
    expect(region?.after).toMatchObject({ connections: 0, concurrent: 0, use: null });
  });

  it("names where it went, the largest movement first", () => {
    const [first] = lost.changed.items;
    expect(first?.place.country).toBe("US");
    expect(first?.before.map(({ region }) => region)).toContain("us-east-1");
    expect(first?.after.map(({ region }) => region)).not.toContain("us-east-1");
    expect(lost.changed.items.length).toBeLessThanOrEqual(MAX_LISTED_PLACES);
  });

  it("knows what there is to lose", () => {
    expect(unknownOf(seed, { regions: ["us-east-1", "mars"], backends: ["us-east-1-a", "x"] })).toEqual([
      "regions/mars",
      "backends/x",
    ]);
    expect(lose(seed, nothingLost, 0).health.size).toBe(0);
    expect([...lose(seed, { regions: [], backends: ["us-east-1-a"] }, 0).health.keys()]).toEqual(["us-east-1-a"]);
  });
});

it("reckons load by Little's law: rate times round trip and work", () => {
  const table = published({ latency: { "colo:FRA": { "eu-central-1": 50 } }, services: { api: { policy: "geo" } } });
  const rows = [{ ...one("DE"), place: { ...nowhere, country: "DE", colo: "FRA" } }];
  const { regions } = simulate(compileSnapshot(table), compileSnapshot(table), rows, {
    now: 0,
    requestsPerSecond: 5000,
    serviceMs: 150,
  });
  const sum = regions.reduce((total, { after }) => total + (after?.concurrent ?? 0), 0);
  const nearest = regions.find(({ id }) => id === "eu-central-1");
  expect(nearest?.after?.share).toBe(1);
  expect(sum).toBeCloseTo(5000 * 0.2, 6);
  expect(nearest?.after?.use).toBeCloseTo(1, 6);
});

describe("who is not served", () => {
  const strict = { services: { api: { residency: "required" } } };

  it("is refused for want of a rule", () => {
    const simulation = run(seed, published({ ...strict, residency: { japan: null } }));
    expect(simulation.lost.items.find(({ place }) => place.country === "JP")).toMatchObject({
      reason: "no-permitted-region",
      jurisdiction: "japan",
      servedBefore: true,
    });
    expect(simulation.outcome.after.refused).toBeGreaterThan(0.01);
    expect(simulation.outcome.before.refused).toBe(0);
    expect(sums(simulation)[1]).toBeCloseTo(1 - simulation.outcome.after.refused, 9);
  });

  it("has nobody healthy inside", () => {
    const table = published(strict);
    const simulation = run(table, lose(table, { regions: ["ap-south-1"], backends: [] }, 0));
    expect(simulation.lost.items[0]).toMatchObject({
      place: { country: "IN" },
      reason: "none-healthy",
      servedBefore: true,
    });
    expect(simulation.outcome.after.noneHealthy).toBeCloseTo(1450.9 / 8160.9, 6);
  });

  it("asks for a service that is no more", () => {
    const two = published({ services: { shop: { hosts: ["shop.example"], policy: "geo" } } });
    const rows: PopulationRow[] = [one("DE"), { ...one("FR"), target: { kind: "service", id: "shop" } }];
    const simulation = simulate(compileSnapshot(two), compileSnapshot(seed), rows, terms);
    expect(simulation.outcome.after).toMatchObject({ served: 0.5, noService: 0.5 });
    expect(simulation.lost.items).toMatchObject([{ place: { country: "FR" }, reason: "no-service" }]);
  });

  it("is sent to what is down, where a service fails open", () => {
    const open = published({ services: { api: { whenNoneHealthy: "fail-open" } } });
    const all = new Map([...open.table.backends.keys()].map((id) => [id, down()]));
    const simulation = run(open, { ...open, health: all });
    expect(simulation.outcome.after.unhealthy).toBeCloseTo(1, 9);
    expect(simulation.outcome.after.served).toBeCloseTo(0, 9);
  });
});

it("shows regions that only one of the tables has", () => {
  const patch = {
    regions: { mars: { ...Object.fromEntries(Object.entries(seed.table.regions.get("af-south-1") ?? {})) } },
  };
  const simulation = run(seed, published(patch));
  expect(simulation.regions.find(({ id }) => id === "mars")).toMatchObject({
    before: null,
    after: { share: 0, connections: 0 },
  });
});
