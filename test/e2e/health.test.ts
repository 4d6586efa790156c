import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { locationHints } from "../../src/table/region.ts";
import type { BackendHealth, RegionHealth } from "../../workers/control/schema/health.ts";
import { startWorld, type World, waitFor } from "./world/world.ts";

const backend = "eu-west-1-a";

describe("health by quorum", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ regions: ["us-east-1", "eu-west-1"] });
  });
  afterAll(() => world?.stop());

  async function health(): Promise<BackendHealth | undefined> {
    const { body } = await world.api("GET", "/health/regions/eu-west-1");
    return (body as RegionHealth).backends.find(({ id }) => id === backend);
  }

  it("every vantage has a vote soon after the start", async () => {
    await waitFor(async () => (await health())?.votes?.up === locationHints.length, 20_000, "the vote of all vantages");
    const found = await health();
    expect(found).toMatchObject({ status: "up", votes: { down: 0, confidence: "full" } });
    expect(found?.vantages?.map(({ vantage }) => vantage)).toEqual([...locationHints].sort());
  });

  it("a backend can be checked by connecting to it", async () => {
    const applied = await world.api("POST", "/table/apply", {
      backends: { [backend]: { probe: { kind: "tcp", statuses: null, body: null, header: null } } },
    });
    expect(applied.status, JSON.stringify(applied.body)).toBe(200);
    const connected = async () => (await health())?.vantages?.every(({ detail }) => detail.startsWith("connected"));
    await waitFor(async () => (await connected()) === true, 30_000, "all vantages to have connected");
    expect((await health())?.status).toBe("up");
  });

  it("the death of a backend is found by most of them, with nobody to tell", async () => {
    await world.kill(backend);
    await waitFor(async () => (await health())?.status === "down", 15_000, "the verdict");
    expect(await health()).toMatchObject({ votes: { confidence: "full" }, suspectedAt: null });
    await waitFor(async () => (await health())?.votes?.down === locationHints.length, 15_000, "all to say so");
  });
});
