import { beforeEach, describe, expect, it } from "vitest";
import { requestsOf, type ServiceSecond } from "../../../src/shield/traffic/traffic-second.ts";
import { EdgeWorld, FRANKFURT, refused, status } from "./world.ts";

let world: EdgeWorld;
beforeEach(async () => {
  world = await EdgeWorld.start(["eu-central-1"]);
});

/** Sends requests that come before anything is told. */
async function together(send: () => Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  world.sleeping = promise;
  await send();
  resolve();
  await world.settle();
}

const told = (): ServiceSecond[] => world.counted.flatMap(({ seconds }) => seconds.flatMap(({ services }) => services));
const from = (client: string, headers: Record<string, string> = {}) => ({
  headers: { "CF-Connecting-IP": client, ...headers },
});

describe("what an isolate was asked", () => {
  it("is told to the observer of the colo, by second, service, region and result, with traits and clients", async () => {
    await together(async () => {
      world.handlers.set("eu-central-1-a", status(404));
      await world.sendOnly("/orders/12345?a=1", from("203.0.113.5", { "User-Agent": "curl/8.0" }));
      await world.sendOnly("/orders/777?b=2", from("203.0.113.5", { "User-Agent": "curl/8.0" }));
      world.handlers.set("eu-central-1-a", refused);
      await world.sendOnly("/", from("2001:db8:1:2:3::4"));
    });
    expect(world.counted.map(({ colo }) => colo)).toEqual(["FRA"]);
    expect(world.counted[0]?.seconds.map(({ second }) => second)).toEqual([world.now / 1000]);
    const [api] = told();
    expect(api?.service).toBe("api");
    expect(api?.cells).toEqual([
      { region: "eu-central-1", result: "4xx", requests: 2 },
      { region: null, result: "forward-failed", requests: 1 },
    ]);
    expect(api?.clients).toEqual([{ client: "203.0.113.5", region: "eu-central-1", requests: 2 }]);
    expect(
      api?.samples.map(({ traits, weight }) => [traits.client, traits.pathClass, traits.agentFamily, weight]),
    ).toEqual([
      ["203.0.113.5", "/orders/:id", "curl", 1],
      ["203.0.113.5", "/orders/:id", "curl", 1],
      ["2001:db8:1:2::/64", "/", "none", 1],
    ]);
    expect(api?.samples[0]?.traits).toMatchObject({ country: "DE", method: "GET" });
  });

  it("is all counted, and of much a sample told that stands for it", async () => {
    await together(async () => {
      for (let i = 0; i < 301; i++) await world.sendOnly("/", from(`198.51.100.${i % 250}`));
    });
    const [api] = told();
    expect(api && requestsOf(api)).toBe(301);
    expect(api?.samples).toHaveLength(64);
    expect(api?.samples.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(301);
  });

  it("counts what the blacklist refuses, of whatever service", async () => {
    await world.apply({ blacklist: { "203.0.113.0/24": { reason: "test", createdAt: 0, expiresAt: null } } });
    world.now += 60_000;
    await world.send("/", from("203.0.113.5"));
    expect(world.counted.flatMap(({ seconds }) => seconds).map(({ blocked, services }) => [blocked, services])).toEqual(
      [[1, []]],
    );
  });

  it("does not hold a request up, and is not sent again, when its observer cannot be reached", async () => {
    world.observerUnreachable = true;
    expect((await world.send()).status).toBe(200);
    world.observerUnreachable = false;
    await world.send();
    expect(told().map(requestsOf)).toEqual([1]);
  });

  it("is told of each colo by itself", async () => {
    await together(async () => {
      await world.sendOnly();
      await world.sendOnly("/", { cf: { ...FRANKFURT, colo: "AMS" } });
      await world.sendOnly();
    });
    expect(world.counted.map(({ colo, seconds }) => [colo, seconds[0]?.services.map(requestsOf)])).toEqual([
      ["FRA", [2]],
      ["AMS", [1]],
    ]);
  });
});
