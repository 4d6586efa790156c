import { describe, expect, it } from "vitest";
import { toUtf8 } from "../../../src/base/utf8.ts";
import { wholeUpdate } from "../../../src/table/update.ts";
import { encodeUpdate } from "../../../src/table/update-codec.ts";
import { FRESH_JITTER_MS, FRESH_MS, STALE_MS } from "../../../workers/snapshot-source.ts";
import { EdgeWorld } from "./world.ts";

const regions = ["eu-central-1", "eu-west-1"];
const servedBy = async (world: EdgeWorld) => (await world.send()).headers.get("x-novacron-backend");
const drained = { backends: { "eu-central-1-a": { state: "draining" } } };

describe("with the table out of reach", () => {
  it("answers 503 while there has never been one, and says so", async () => {
    const world = await EdgeWorld.start(regions);
    world.table.unreachable = true;
    const response = await world.send();
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("1");
    expect(await response.json()).toMatchObject({ type: "/problems/no-table" });
    expect(await world.health()).toEqual({
      status: "down",
      epoch: null,
      ageMs: null,
      error: "the table cannot be reached",
    });
    world.table.unreachable = false;
    // A table that fails is not asked by every request.
    expect((await world.send()).status).toBe(503);
    world.now += 1000;
    expect((await world.send()).status).toBe(200);
  });

  it("goes on with the last snapshot, however old, says that it is stale, and recovers", async () => {
    const world = await EdgeWorld.start(regions);
    expect(await servedBy(world)).toBe("eu-central-1-a");
    expect(await world.health()).toEqual({ status: "ok", epoch: 1, ageMs: 0, error: null });
    world.table.unreachable = true;
    for (const afterMs of [FRESH_MS, STALE_MS, 3_600_000]) {
      world.now += afterMs;
      expect(await servedBy(world)).toBe("eu-central-1-a");
      expect(await world.health()).toMatchObject({ status: "stale", epoch: 1, error: "the table cannot be reached" });
    }
    world.table.unreachable = false;
    await world.apply(drained);
    world.now += STALE_MS;
    expect(await servedBy(world)).toBe("eu-west-1-a");
    expect(await world.health()).toEqual({ status: "ok", epoch: 2, ageMs: 0, error: null });
  });

  it("asks once a second, not once a request", async () => {
    const world = await EdgeWorld.start(regions);
    await world.send();
    world.table.unreachable = true;
    world.now += STALE_MS;
    const before = world.table.asked;
    for (let i = 0; i < 20; i++) {
      expect((await world.send()).status).toBe(200);
      world.now += 100;
    }
    expect(world.table.asked - before).toBe(2);
  });

  it("does not wait for a table that hangs longer than a quarter of a second, and no second request does", async () => {
    const world = await EdgeWorld.start(regions);
    await world.send();
    const hanging = Promise.withResolvers<never>();
    world.table.reply = () => hanging.promise;
    world.now += 60_000;
    const before = world.table.asked;
    expect((await world.sendOnly()).status).toBe(200);
    world.now += 1000;
    expect((await world.sendOnly()).status).toBe(200);
    expect(world.table.asked - before).toBe(1);
    // One that has not ended after five seconds was lost with its request.
    world.now += 5000;
    world.table.reply = null;
    await world.apply(drained);
    expect((await world.sendOnly()).headers.get("x-novacron-backend")).toBe("eu-west-1-a");
  });
});

describe("a new table", () => {
  it("is not looked for within a second", async () => {
    const world = await EdgeWorld.start(regions);
    await world.send();
    await world.apply(drained);
    world.now += FRESH_MS - FRESH_JITTER_MS - 1;
    expect(await servedBy(world)).toBe("eu-central-1-a");
    expect(world.table.asked).toBe(1);
  });

  it("is fetched behind a request of the next second, and serves the one after", async () => {
    const world = await EdgeWorld.start(regions);
    await world.send();
    await world.apply(drained);
    world.now += FRESH_MS;
    expect(await servedBy(world)).toBe("eu-central-1-a");
    expect(await servedBy(world)).toBe("eu-west-1-a");
    expect(world.table.asked).toBe(2);
  });

  it("is waited for by an isolate that was idle", async () => {
    const world = await EdgeWorld.start(regions);
    await world.send();
    await world.apply(drained);
    world.now += STALE_MS;
    expect(await servedBy(world)).toBe("eu-west-1-a");
  });

  it("is refused when it is of an older epoch", async () => {
    const world = await EdgeWorld.start(regions);
    const old = await world.table.read();
    await world.apply(drained);
    expect(await servedBy(world)).toBe("eu-west-1-a");
    const encoded = encodeUpdate(wholeUpdate(old, "routing"));
    world.table.reply = async () => ({ kind: "table", epoch: old.epoch, encoded });
    world.now += STALE_MS;
    expect(await servedBy(world)).toBe("eu-west-1-a");
    expect(await world.health()).toMatchObject({ epoch: 2 });
  });

  const unreadable = [
    ["no text", ""],
    ["not ours", "<html>"],
    ["another version", '{"version":2,"epoch":9}'],
  ] as const;
  it.each(unreadable)("is refused when it is unreadable (%s), and the good one is kept", async (_, encoded) => {
    const world = await EdgeWorld.start(regions);
    await world.send();
    world.table.reply = async () => ({ kind: "table", epoch: 9, encoded: toUtf8(encoded) });
    world.now += STALE_MS;
    expect(await servedBy(world)).toBe("eu-central-1-a");
    expect(await world.health()).toMatchObject({
      status: "stale",
      epoch: 1,
      // What cannot be read confirms nothing.
      ageMs: STALE_MS,
      error: "the table cannot be read",
    });
    world.table.reply = null;
    world.now += STALE_MS;
    expect(await servedBy(world)).toBe("eu-central-1-a");
    expect(await world.health()).toMatchObject({ status: "ok", epoch: 1 });
  });

  it("that is unreadable is no table at all when it is the first", async () => {
    const world = await EdgeWorld.start(regions);
    world.table.reply = async () => ({ kind: "table", epoch: 9, encoded: toUtf8("<html>") });
    expect((await world.send()).status).toBe(503);
    expect(await world.health()).toMatchObject({ status: "down", error: "the table cannot be read" });
  });
});
