import { runInDurableObject } from "cloudflare:test";
import { describe, expect, it, vi } from "vitest";
import { LEAST_AGE_S, useWorld } from "./world.ts";

const world = useWorld();
const usual = { "203.0.113.1": 60, "203.0.113.2": 40 };
const flood = { ...usual, "192.0.2.1": 400 };

describe("an anomaly detector", () => {
  it("tells the mitigator of a flood from its first seconds to its end, and of good clients", async () => {
    await world.current.run(LEAST_AGE_S + 20, usual);
    expect(world.current.reports).toEqual([]);
    await world.current.run(5, flood);
    const [first] = world.current.reports;
    expect(first).toMatchObject({ service: "api", state: "ongoing", direction: "flood" });
    expect(world.current.reports.at(-1)?.culprits[0]?.client).toBe("192.0.2.1");
    await world.current.run(50, usual);
    expect(world.current.reports.at(-1)).toMatchObject({ id: first?.id, state: "ended" });
    expect(new Set(world.current.sighted)).toEqual(new Set(Object.keys(usual)));
  });

  it("goes on after a restart with what it has learned, and with the attack that is open", async () => {
    await world.current.run(2 * LEAST_AGE_S, usual);
    await world.current.restart();
    expect((await world.current.api.status()).services[0]?.series).toMatchObject([
      { dimension: "total", mayAct: true },
    ]);
    await world.current.run(10, usual);
    const [total] = (await world.current.api.status()).services[0]?.series ?? [];
    expect(total?.mayAct).toBe(true);
    await world.current.run(5, flood);
    const id = world.current.reports[0]?.id;
    expect(id).toBeDefined();
    await world.current.restart();
    await world.current.run(8, flood);
    expect(new Set(world.current.reports.map((report) => report.id))).toEqual(new Set([id]));
  });

  it("says that an attack has ended until it is heard", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
    await world.current.run(LEAST_AGE_S + 20, usual);
    await world.current.run(5, flood);
    world.current.isMitigatorDeaf = true;
    await world.current.run(40, usual);
    world.current.isMitigatorDeaf = false;
    await world.current.run(5, usual);
    expect(world.current.reports.at(-1)).toMatchObject({ state: "ended" });
  });

  it("begins anew from what it cannot read", async () => {
    await world.current.run(2 * LEAST_AGE_S, usual);
    await runInDurableObject(world.current.stub, (_, { storage }) => {
      storage.sql.exec("UPDATE service SET record = '{'");
      storage.sql.exec("UPDATE series SET state = '{}'");
    });
    await world.current.restart();
    await world.current.run(5, usual);
    expect((await world.current.api.status()).services[0]?.series[0]).toMatchObject({ age: 2, mayAct: false });
  });

  it("passes over what cannot be", async () => {
    const second = Math.floor(Date.now() / 1000);
    const told = [null, { second: "now" }, { second: second - 3600 }, { second, services: [{ service: "A B" }, 7] }];
    await world.current.api.countTraffic(told as never);
    await world.current.run(5, usual);
    expect((await world.current.api.status()).services.map(({ service }) => service)).toEqual(["api"]);
  });
});
