import { describe, expect, it } from "vitest";
import { fromUtf8, toUtf8 } from "../../../src/base/utf8.ts";
import { SHARED_MS } from "../../../workers/shared-replies.ts";
import { FRESH_MS, STALE_MS } from "../../../workers/snapshot-source.ts";
import { FakeColoCache } from "../../fakes/colo-cache.ts";
import { EdgeWorld } from "./world.ts";

const regions = ["eu-central-1", "eu-west-1"];
const drained = { backends: { "eu-central-1-a": { state: "draining" } } };
const servedBy = async (world: EdgeWorld) => (await world.send()).headers.get("x-novacron-backend");

/** Isolates of one colo: a table, a clock and a cache that they share. */
async function colo(isolates: number): Promise<{ worlds: readonly EdgeWorld[]; cache: FakeColoCache }> {
  const first = await EdgeWorld.start(regions);
  const cache = new FakeColoCache(() => first.now);
  const worlds = [first, ...Array.from({ length: isolates - 1 }, () => first.sibling())];
  for (const world of worlds) world.coloCache = cache;
  return { worlds, cache };
}

const tick = (worlds: readonly EdgeWorld[], ms: number) => {
  for (const world of worlds) world.now += ms;
};

describe("the isolates of a colo", () => {
  it("ask the table about once a second together, however many they are and however much they have to do", async () => {
    const { worlds } = await colo(8);
    const [{ table } = await EdgeWorld.start(regions)] = worlds;
    for (const world of worlds) await world.send();
    const before = table.asked;
    for (let at = 0; at < 10_000; at += 100) {
      tick(worlds, 100);
      for (const world of worlds) await world.send();
    }
    expect(table.asked - before).toBeGreaterThanOrEqual(7);
    expect(table.asked - before).toBeLessThanOrEqual(10);
  });

  it("all have a change within two seconds of it, whenever it comes", async () => {
    const { worlds } = await colo(4);
    const [one] = worlds;
    for (const world of worlds) await world.send();
    for (let offset = 0; offset < 1600; offset += 130) {
      const ban = `198.51.100.${offset / 130}`;
      for (let at = 0; at < offset; at += 50) {
        tick(worlds, 50);
        for (const world of worlds) await world.send();
      }
      await one?.apply({ blacklist: { [`${ban}/32`]: { reason: "flood", createdAt: 0, expiresAt: null } } });
      for (let at = 0; at < 2000; at += 50) {
        tick(worlds, 50);
        for (const world of worlds) await world.send();
      }
      for (const world of worlds)
        expect((await world.send("/", { headers: { "CF-Connecting-IP": ban } })).status).toBe(403);
    }
  });

  it("that are idle have it when two seconds have gone", async () => {
    const { worlds } = await colo(2);
    const [one, two] = worlds as [EdgeWorld, EdgeWorld];
    await one.send();
    await two.send();
    await one.apply(drained);
    tick(worlds, STALE_MS);
    expect(await servedBy(one)).toBe("eu-west-1-a");
    expect(await servedBy(two)).toBe("eu-west-1-a");
  });

  it("that are new begin with the table that another has fetched, and ask for what has changed since", async () => {
    const { worlds } = await colo(2);
    const [one, two] = worlds as [EdgeWorld, EdgeWorld];
    await one.send();
    await one.apply(drained);
    tick(worlds, 30_000);
    expect(await servedBy(two)).toBe("eu-west-1-a");
    expect(one.table.replies).toEqual(["table", "delta"]);
    tick(worlds, 60_000);
    const three = one.sibling();
    three.now = two.now;
    three.coloCache = two.coloCache;
    expect(await servedBy(three)).toBe("eu-west-1-a");
    expect(one.table.replies).toEqual(["table", "delta", "table"]);
  });

  it("share a reply no longer than a second after it was asked for, though the cache counts whole ones", async () => {
    const { worlds, cache } = await colo(2);
    const [one, two] = worlds as [EdgeWorld, EdgeWorld];
    await one.send();
    await two.send();
    const asked = one.table.asked;
    tick(worlds, SHARED_MS);
    await one.send();
    for (const [key, entry] of cache.entries) cache.entries.set(key, { ...entry, endsAt: Number.POSITIVE_INFINITY });
    // Another says that it asks, and this one goes on with what there is.
    tick(worlds, SHARED_MS - 1);
    for (const key of [...cache.entries.keys()])
      if (key.endsWith("/1")) await cache.put(`${key}/asking`, toUtf8(String(two.now)), 1);
    await two.send();
    expect(one.table.asked).toBe(asked + 1);
    expect(await two.health()).toMatchObject({ ageMs: SHARED_MS - 1 });
    tick(worlds, FRESH_MS);
    await two.send();
    expect(one.table.asked).toBe(asked + 2);
  });
});

describe("a colo's cache", () => {
  it.each<[string, () => Promise<never>]>([
    ["fails", () => Promise.reject(new Error("the cache is gone"))],
    ["hangs", () => new Promise<never>(() => undefined)],
  ])("that %s is passed over", async (_, failing) => {
    const { worlds, cache } = await colo(1);
    const [world] = worlds as [EdgeWorld];
    cache.failing = failing;
    expect((await world.sendOnly()).status).toBe(200);
    await world.apply(drained);
    world.now += STALE_MS;
    expect((await world.sendOnly()).headers.get("x-novacron-backend")).toBe("eu-west-1-a");
  });

  it.each<[string, (entry: Uint8Array) => Uint8Array]>([
    ["nothing", () => new Uint8Array()],
    ["not ours", () => toUtf8("<html>\n")],
    ["cut off", (entry) => entry.subarray(0, -9)],
    ["damaged", (entry) => Uint8Array.from(entry, (byte, i) => (i === entry.length - 9 ? byte ^ 1 : byte))],
    ["of another epoch", (entry) => toUtf8(fromUtf8(entry).replace('"kind":"delta"', '"kind":"unchanged"'))],
  ])("whose entries are %s poisons nobody: the table itself is asked", async (_, spoil) => {
    const { worlds, cache } = await colo(2);
    const [one, two] = worlds as [EdgeWorld, EdgeWorld];
    await one.send();
    await two.send();
    await one.apply(drained);
    tick(worlds, SHARED_MS);
    await one.send();
    for (const [key, entry] of cache.entries) cache.entries.set(key, { ...entry, bytes: spoil(entry.bytes) });
    const asked = one.table.asked;
    await two.send();
    expect(await servedBy(two)).toBe("eu-west-1-a");
    expect(one.table.asked).toBe(asked + 1);
    expect(await two.health()).toMatchObject({ status: "ok", epoch: 2, error: null });
    const three = one.sibling();
    three.now = two.now;
    for (const [key, entry] of cache.entries) cache.entries.set(key, { ...entry, bytes: spoil(entry.bytes) });
    three.coloCache = cache;
    expect(await servedBy(three)).toBe("eu-west-1-a");
  });
});
