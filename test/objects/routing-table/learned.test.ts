import { evictDurableObject } from "cloudflare:test";
import { afterEach, expect, it, vi } from "vitest";
import { MAX_LEARNED_CHARS } from "../../../durable-objects/routing-table/learned.ts";
import type { LearnedRow } from "../../../src/table/learned-row.ts";
import { MAX_ROWS_PER_COLO } from "../../../src/table/learning.ts";
import { World, weight } from "./world.ts";

const start = Date.UTC(2100, 0, 1);

function row(ms: number, regions = 1): LearnedRow {
  const figure = { ms, deviationMs: 1, samples: 20, at: 5 };
  return Object.fromEntries(Array.from({ length: regions }, (_, i) => [`region-${i}`, figure]));
}

async function frozen(name: string): Promise<World> {
  vi.useFakeTimers({ toFake: ["Date"], now: start });
  return World.seeded(name);
}

afterEach(() => void vi.useRealTimers());

it("what a colo has learned is published with the next look, under a new epoch that is no change of configuration", async () => {
  const world = await frozen("learned");
  await world.api.learn("FRA", [["FRA", row(90)]]);
  expect(await world.epoch()).toBe(1);
  expect(await world.published()).toMatchObject({ epoch: 2, learned: new Map([["FRA", row(90)]]) });
  expect((await world.api.read()).learned).toEqual(new Map([["FRA", row(90)]]));
  expect(await world.api.history(9, null)).toHaveLength(1);
  const stale = await world.api.apply(weight(7), {
    actor: { principal: "p", requestId: "r" },
    summary: "s",
    ifEpoch: 1,
  });
  expect(stale.ok).toBe(true);
});

it("however many learn at once, there is an epoch each two seconds, or with a change", async () => {
  const world = await frozen("many learn");
  const learn = (colo: string, ms: number) => world.api.learn(colo, [[colo, row(ms)]]);
  await learn("FRA", 1);
  expect((await world.published()).epoch).toBe(2);
  for (const colo of ["AMS", "LHR", "CDG"]) await learn(colo, 2);
  vi.setSystemTime(start + 1999);
  expect([...(await world.published()).learned.keys()]).toEqual(["FRA"]);
  vi.setSystemTime(start + 2000);
  expect(await world.published()).toMatchObject({ epoch: 3 });
  expect((await world.published()).learned.size).toBe(4);
  await learn("FRA", 3);
  await world.apply(weight(9));
  expect(await world.published()).toMatchObject({ epoch: 4 });
  expect((await world.published()).learned.get("FRA")).toEqual(row(3));
});

it("a colo's rows replace those that it told before, also at a reader that held them", async () => {
  const world = await frozen("replaced");
  await world.api.learn("FRA", [
    ["FRA", row(1)],
    ["FRA/DE", row(2)],
  ]);
  await world.api.learn("IAD", [["IAD", row(3)]]);
  const held = await world.published();
  expect(held.learned.size).toBe(3);
  vi.setSystemTime(start + 2000);
  await world.api.learn("FRA", [["FRA", row(1)]]);
  expect(await world.ask(held.epoch)).toMatchObject({ kind: "delta", from: held.epoch });
  const next = await world.published(held);
  expect([...next.learned.keys()].sort()).toEqual(["FRA", "IAD"]);
  expect(next).toEqual(await world.published());
});

it("rows that are the same, or malformed, or another colo's, make no epoch", async () => {
  const world = await frozen("nothing new");
  await world.api.learn("FRA", [["FRA", row(1)]]);
  expect((await world.published()).epoch).toBe(2);
  vi.setSystemTime(start + 10_000);
  await world.api.learn("FRA", [["FRA", row(1)]]);
  await world.api.learn("IAD", [["FRA", row(2)]]);
  await world.api.learn("IAD", [["IAD", row(-1)]]);
  await world.api.learn("IAD", "rows" as never);
  expect((await world.published()).epoch).toBe(2);
});

it("rows survive the object, and those that waited are published when it is back", async () => {
  const world = await frozen("survive");
  await world.api.learn("FRA", [["FRA", row(1)]]);
  const held = await world.published();
  await world.api.learn("FRA", [["FRA", row(2)]]);
  await world.api.learn("IAD", [["IAD", row(3)]]);
  expect(await world.published()).toEqual(held);
  await evictDurableObject(world.stub);
  const next = await world.published(held);
  expect(next).toMatchObject({
    epoch: held.epoch + 1,
    learned: new Map([
      ["FRA", row(2)],
      ["IAD", row(3)],
    ]),
  });
  expect(next).toEqual(await world.published());
  await evictDurableObject(world.stub);
  expect(await world.published()).toEqual(next);
});

it("a restart tells readers of before it what has gone since", async () => {
  const world = await frozen("gone");
  await world.api.learn("FRA", [["FRA", row(1)]]);
  const held = await world.published();
  vi.setSystemTime(start + 2000);
  await world.api.learn("FRA", []);
  expect((await world.published()).learned.size).toBe(0);
  await evictDurableObject(world.stub);
  expect(await world.ask(held.epoch)).toMatchObject({ kind: "delta" });
  expect((await world.published(held)).learned.size).toBe(0);
});

it("is bounded: the colo that told longest ago gives way, and readers who hold its rows lose them", async () => {
  const world = await frozen("bounded");
  const regions = 200;
  const rowsOf = (colo: string) =>
    Array.from({ length: MAX_ROWS_PER_COLO }, (_, i) => [`${colo}/AS${1000 + i}`, row(1, regions)] as const);
  const charsOfColo = JSON.stringify(rowsOf("AAA")).length;
  await world.api.learn("FRA", [["FRA", row(9)]]);
  const held = await world.published();
  const colos = Math.ceil(MAX_LEARNED_CHARS / charsOfColo) + 1;
  for (let i = 0; i < colos; i++) {
    const colo = `AA${String.fromCharCode(65 + i)}`;
    vi.setSystemTime(start + 1000 + i);
    await world.api.learn(colo, rowsOf(colo));
  }
  vi.setSystemTime(start + 60_000);
  expect(await world.ask(held.epoch)).toMatchObject({ kind: "table" });
  const next = await world.published(held);
  expect(next.learned.has("FRA")).toBe(false);
  expect(JSON.stringify([...next.learned]).length).toBeLessThan(MAX_LEARNED_CHARS);
  expect(await world.count("learned")).toBeLessThan(colos);
  await evictDurableObject(world.stub);
  expect(await world.published()).toEqual(next);
});
