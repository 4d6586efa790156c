import { beforeEach, describe, expect, it } from "vitest";
import { MAX_POPULATION_ROWS } from "../../../src/simulation/population.ts";
import { simulationSchema } from "../../../workers/control/schema/simulation.ts";
import { createWorld, NOW, type World } from "./world.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
});

const simulate = (body: object) => world.call("POST", "/routes/simulate", { body });
const shares = (body: { regions: { id: string; after: { share: number } | null }[] }) =>
  Object.fromEntries(body.regions.map(({ id, after }) => [id, after?.share]));
const rows = (...given: object[]) => ({ source: "rows", rows: given });
const german = { country: "DE", weight: 3 };
const japanese = { country: "JP", weight: 1 };
const newPolicy = { services: { shop: { hosts: ["shop.example"], policy: "fastest" } } };

it.each([{ source: "world" }, undefined])("takes the people of the world for no requests: %j", async (population) => {
  const { status, body } = await simulate({ population, requestsPerSecond: "weights" });
  expect([status, body.errors[0].path]).toEqual([422, "/requestsPerSecond"]);
});

it("divides traffic by the time in which it was counted", async () => {
  world = await createWorld({ demandCoversFrom: async () => NOW - 600_000 });
  world.demand.push({ colo: "FRA", country: "DE", service: "api", requests: 6000 });
  const { body } = await simulate({ population: { source: "traffic" } });
  expect(simulationSchema.parse(body)).toMatchObject({ requestsPerSecond: 10, coveredSeconds: 600 });
  expect((await simulate({})).body.coveredSeconds).toBeNull();
});

describe("POST /routes/simulate", () => {
  it("shows the table as it is, over the people of the world", async () => {
    const { status, body } = await simulate({});
    expect(status).toBe(200);
    const simulation = simulationSchema.parse(body);
    expect(simulation).toMatchObject({ epoch: 1, changes: 0, moved: 0, requestsPerSecond: null, lost: { count: 0 } });
    expect(simulation.rows).toBeGreaterThan(200);
    expect(simulation.outcome.after.served).toBeCloseTo(1, 9);
  });

  it("loses regions and backends", async () => {
    const region = await simulate({ down: { regions: ["us-east-1"] } });
    expect(shares(simulationSchema.parse(region.body))["us-east-1"]).toBe(0);
    const backend = await simulate({ down: { backends: ["us-west-2-a"] } });
    expect(shares(backend.body)["us-west-2"]).toBe(0);
    const both = await simulate({ down: { regions: ["us-east-1", "us-west-2"] } });
    expect(both.body.outcome.after.noneHealthy).toBeCloseTo(1, 9);
    expect(both.body.lost.items).toHaveLength(50);
  });

  it("tries a patch, and weights over it, and changes nothing", async () => {
    const before = await world.state();
    const patch = {
      policies: { even: { kind: "weighted" } },
      services: { api: { policy: "even" } },
      regions: { "us-east-1": { weight: 1 } },
    };
    const { body } = await simulate({ patch, weights: { "us-east-1": 300 }, population: rows(german, japanese) });
    expect(shares(body)["us-east-1"]).toBeCloseTo(0.75, 9);
    expect(body.changes).toBe(3);
    expect(await world.state()).toBe(before);
  });

  it("starts from the verdicts of this moment", async () => {
    const vote = {
      status: "down",
      since: 0,
      recoveredAt: null,
      checkedAt: 0,
      latencyMs: null,
      load: null,
      vantage: "weur",
      detail: "refused",
      confirming: false,
    } as const;
    await simulate({});
    await world.table.report([{ backend: "us-east-1-a" as never, vote }]);
    const { body } = await simulate({});
    expect(body.regions[0].before).toMatchObject({ share: 0, connections: 0 });
  });

  it("knows load where it knows the rate", async () => {
    const rate = async (options: object) => (await simulate({ population: rows(german, japanese), ...options })).body;
    expect((await rate({})).regions[0].after.use).toBeNull();
    expect((await rate({ requestsPerSecond: "weights" })).requestsPerSecond).toBe(4);
    const { regions, requestsPerSecond } = await rate({ requestsPerSecond: 1000, serviceMs: 1000 });
    expect(requestsPerSecond).toBe(1000);
    const concurrent = regions.reduce(
      (sum: number, each: { after: { concurrent: number } }) => sum + each.after.concurrent,
      0,
    );
    expect(concurrent).toBeGreaterThan(1000);
  });

  it("takes the last hour's traffic", async () => {
    world.demand.push({ colo: "FRA", country: "DE", service: "api", requests: 7200 });
    const { body } = await simulate({ population: { source: "traffic" }, down: { regions: ["us-east-1"] } });
    expect(body).toMatchObject({ rows: 1, omittedRows: 0, requestsPerSecond: 2, moved: 1 });
    expect(body.changed.items[0]).toMatchObject({ place: { colo: "FRA", country: "DE" }, service: "api", share: 1 });
  });

  it("says that there was none, and what to take instead", async () => {
    const { status, body } = await simulate({ population: { source: "traffic" } });
    expect([status, body.errors]).toEqual([
      422,
      [{ path: "/population/source", detail: "there was no traffic in the last hour; try world" }],
    ]);
  });

  it("takes the largest where there is more traffic than it looks at", async () => {
    for (let i = 0; i <= MAX_POPULATION_ROWS; i++)
      world.demand.push({ colo: "FRA", country: "DE", service: "api", requests: i === 7 ? 1 : 2 });
    const { body } = await simulate({ population: { source: "traffic" } });
    expect(body).toMatchObject({ rows: MAX_POPULATION_ROWS, omittedRows: 1 });
    expect(body.requestsPerSecond).toBeCloseTo((MAX_POPULATION_ROWS * 2) / 3600, 9);
  });
});

describe("what it refuses", () => {
  it.each([
    ["an unknown region", { down: { regions: ["mars", "us-east-1"] } }, 404, "regions/mars"],
    ["an unknown backend", { down: { backends: ["x"] } }, 404, "backends/x"],
    ["an unknown service", { population: { source: "world", service: "mail" } }, 404, "services/mail"],
  ])("%s", async (_name, body, status, detail) => {
    expect(await simulate(body)).toMatchObject({ status, body: { detail } });
  });

  it.each([
    [
      "a patch that is wrong",
      { patch: { regions: { "us-east-1": { weight: -1 } } } },
      ["/patch/regions/us-east-1/weight"],
    ],
    ["a patch that leaves nobody", { patch: { policies: { fastest: null } } }, ["/patch/policies/fastest"]],
    ["a weight of nobody", { weights: { mars: 1 } }, ["/weights/mars"]],
    ["weights that are all zero", { weights: { "us-east-1": 0, "us-west-2": 0 } }, ["/weights/us-east-1"]],
    ["a population of no weight", { population: rows({ country: "DE", weight: 0 }) }, ["/population"]],
    ["no rows", { population: rows() }, ["/population/rows"]],
    ["an unknown source", { population: { source: "moon" } }, ["/population/source"]],
    ["an unknown field", { why: "not" }, ["/why"]],
    [
      "bad rows, each by itself",
      {
        population: rows(german, { country: "de", weight: 1 }, japanese, {
          country: "DE",
          weight: -1,
          host: "x",
          colo: 1,
        }),
      },
      ["/population/rows/1/country", "/population/rows/3/colo", "/population/rows/3/weight"],
    ],
    ["no service, where there are several", { patch: newPolicy }, ["/population/service"]],
  ])("%s", async (_name, body, paths) => {
    const reply = await simulate(body);
    expect(reply.status).toBe(422);
    expect(reply.body.errors.map(({ path }: { path: string }) => path)).toEqual(paths);
  });

  it("more bad rows than it names, which it counts", async () => {
    const { body } = await simulate({
      population: rows(...Array.from({ length: 150 }, () => ({ country: "QQ", weight: 1 }))),
    });
    expect(body.errors).toHaveLength(100);
    expect(body.errors[99]).toEqual({ path: "/population/rows", detail: "and 51 more faults" });
  });
});
