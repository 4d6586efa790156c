import { evictDurableObject } from "cloudflare:test";
import { describe, expect, it, vi } from "vitest";
import type { VoteReport } from "../../../src/table/verdict.ts";
import { report, World } from "./world.ts";

const load = (cpu: number) => ({ cpu, memory: 0, disk: 0, network: 0, inFlight: 0 });

describe("a report", () => {
  it("makes an epoch when routing would differ, and is published under it", async () => {
    const world = await World.seeded("epochs");
    const epochs: number[] = [];
    const send = async (verdict: Parameters<typeof report>[1]) => {
      await world.api.report([report("use1-a", verdict)]);
      epochs.push(await world.epoch());
    };
    await send({ checkedAt: 1 });
    await send({ checkedAt: 2 });
    await send({ checkedAt: 3, status: "down", since: 3 });
    await send({ checkedAt: 4, status: "down", since: 3, latencyMs: 9 });
    await send({ checkedAt: 5, load: load(0.5) });
    await send({ checkedAt: 6, load: load(0.52) });
    expect(epochs).toEqual([2, 2, 3, 3, 4, 4]);
    expect((await world.published()).health.get("use1-a")).toMatchObject({ checkedAt: 5, load: { cpu: 0.5 } });
    expect(await world.api.history(9, null)).toHaveLength(1);
  });

  it("of a load that moved makes an epoch, but not more often than every five seconds", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const world = await World.seeded("loads");
    const send = async (cpu: number) => {
      await world.api.report([report("use1-a", { load: load(cpu) })]);
      return [await world.epoch(), (await world.api.verdicts()).verdicts.get("use1-a")?.load?.cpu];
    };
    expect([await send(0.1), await send(0.2)]).toEqual([
      [2, 0.1],
      [2, 0.2],
    ]);
    vi.setSystemTime(Date.now() + 5000);
    expect([await send(0.2), await send(0.3)]).toEqual([
      [3, 0.2],
      [3, 0.3],
    ]);
    vi.useRealTimers();
  });

  it("that changes nothing for routing is live at once, and not in the snapshot", async () => {
    const world = await World.seeded("recheck");
    await world.api.report([report("use1-a", { checkedAt: 1 })]);
    const before = await world.ask(null);
    await world.api.report([report("use1-a", { checkedAt: 2, latencyMs: 99 })]);
    const { epoch, verdicts } = await world.api.verdicts();
    expect([epoch, verdicts.get("use1-a")]).toMatchObject([2, { checkedAt: 2, latencyMs: 99 }]);
    expect((await world.api.read()).health).toEqual(verdicts);
    expect(await world.ask(2)).toEqual({ kind: "unchanged", epoch: 2 });
    await evictDurableObject(world.stub);
    // As it was written last: a check that says the same again is not.
    expect((await world.api.verdicts()).verdicts.get("use1-a")).toMatchObject({ status: "up", checkedAt: 1 });
    // An epoch's snapshot says the same as before, even when it is made anew.
    const published = await world.published();
    expect(before).toMatchObject({ epoch: published.epoch });
    expect(published.health.get("use1-a")).toMatchObject({ checkedAt: 1, latencyMs: 5 });
  });

  it("that was overtaken, before or after a restart, is ignored", async () => {
    const world = await World.seeded("overtaken");
    await world.api.report([report("use1-a", { checkedAt: 5 })]);
    await world.api.report([report("use1-a", { checkedAt: 4, status: "down" })]);
    await evictDurableObject(world.stub);
    await world.api.report([report("use1-a", { checkedAt: 3, status: "down" })]);
    expect((await world.api.verdicts()).verdicts.get("use1-a")).toMatchObject({ checkedAt: 5, status: "up" });
    expect(await world.epoch()).toBe(2);
  });

  it("of many backends makes one epoch", async () => {
    const world = await World.seeded("many");
    await world.api.report(["use1-a", "use1-b", "euw1-a", "nobody"].map((id) => report(id, {})));
    expect((await world.api.verdicts()).verdicts.size).toBe(3);
    expect(await world.epoch()).toBe(2);
  });

  it.each<[string, unknown]>([
    ["nothing", []],
    ["no list", { backend: "use1-a" }],
    ["null", null],
    ["a verdict without a status", [{ backend: "use1-a", verdict: { checkedAt: 1 } }]],
    ["an unknown backend", [report("nobody", {})]],
  ])("of %s changes nothing", async (name, reports) => {
    const world = await World.seeded(`report ${name}`);
    await world.api.report(reports as VoteReport[]);
    expect(await world.epoch()).toBe(1);
    expect(await world.count("verdict")).toBe(0);
  });

  it("of a backend that is removed goes with it, and does not come back with a rollback", async () => {
    const world = await World.seeded("removed");
    await world.api.report([report("use1-a", {}), report("use1-b", { status: "down" })]);
    await world.apply({ backends: { "use1-b": null } });
    expect([...(await world.published()).health.keys()]).toEqual(["use1-a"]);
    expect(await world.count("verdict")).toBe(1);
    const back = await world.api.rollback(1, {
      actor: { principal: "p", requestId: "r" },
      summary: "s",
      ifEpoch: null,
    });
    expect(back.ok).toBe(true);
    expect([...(await world.published()).health.keys()]).toEqual(["use1-a"]);
    await world.api.report([report("use1-b", { checkedAt: 1 })]);
    expect((await world.published()).health.get("use1-b")).toMatchObject({ checkedAt: 1 });
  });
});
