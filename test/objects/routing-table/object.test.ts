import { abortAllDurableObjects, evictDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import type { TablePatch } from "../../../durable-objects/routing-table/api.ts";
import { KEPT_EPOCHS } from "../../../durable-objects/routing-table/log.ts";
import { MAX_CHANGES } from "../../../src/table/limits.ts";
import { emptyTable } from "../../../src/table/table.ts";
import { ban, by, report, seed, World, weight } from "./world.ts";

describe("the table", () => {
  it("is empty at first", async () => {
    const world = new World("empty");
    expect(await world.published()).toEqual({
      epoch: 0,
      table: emptyTable,
      health: new Map(),
      learned: new Map(),
      failovers: new Map(),
      defences: new Map(),
    });
    expect(await world.api.history(10, null)).toEqual([]);
    expect(await world.api.rollback(0, by("alice"))).toEqual({ ok: true, value: { epoch: 0, changes: [] } });
  });

  it("has the default limits from its first change on, until they are taken out", async () => {
    const world = new World("limits");
    const { limits, ...rest } = seed;
    expect((await world.api.plan(rest)).changes.map(({ section, id }) => `${section}/${id}`)).toContain(
      "limits/per-client",
    );
    await world.apply(rest);
    expect([...(await world.published()).table.limits.keys()]).toEqual(Object.keys(limits));
    await world.apply({ limits: { "per-client": null } });
    await world.apply(weight(50));
    expect((await world.published()).table.limits.size).toBe(0);
  });

  it("takes a patch under a new epoch, and tells what changed", async () => {
    const world = await World.seeded("patch");
    const plan = await world.api.plan(weight(50));
    expect(plan).toMatchObject({ epoch: 1, objections: [], changes: [{ section: "regions", id: "us-east-1" }] });
    expect(await world.weightOf()).toBe(100);
    const applied = await world.api.apply(weight(50), by("alice"));
    expect(applied).toEqual({ ok: true, value: { epoch: 2, changes: plan.changes } });
    expect(await world.weightOf()).toBe(50);
  });

  it("is what it was after the object is gone and back", async () => {
    const world = await World.seeded("restart");
    await world.apply({ ...weight(50), blacklist: { "10.0.0.0/8": ban(null) } });
    await world.api.report([report("use1-a", { status: "down", detail: "timed out" })]);
    const published = await world.published();
    const read = await world.api.read();
    const history = await world.api.history(9, null);
    await evictDurableObject(world.stub);
    expect(await world.published()).toEqual(published);
    expect(await world.api.read()).toEqual(read);
    await abortAllDurableObjects();
    expect(await world.api.read()).toEqual(read);
    expect(await world.api.history(9, null)).toEqual(history);
  });

  it("makes no epoch of a patch that changes nothing", async () => {
    const world = await World.seeded("nothing");
    for (const patch of [{}, seed, weight(100), { backends: { nobody: null } }])
      expect(await world.api.apply(patch, by("alice"))).toEqual({ ok: true, value: { epoch: 1, changes: [] } });
    expect(await world.api.history(10, null)).toHaveLength(1);
  });

  it.each<[string, unknown]>([
    ["null", null],
    ["text", "regions"],
    ["a list", []],
    ["an unknown section", { servers: {} }],
    ["half of it right", { ...weight(50), backends: { x: { region: "mars-1", url: "http://127.0.0.1:1" } } }],
    ["the end of a service", { backends: { "use1-a": null, "use1-b": null, "euw1-a": null } }],
  ])("is not changed by %s", async (name, patch) => {
    const world = await World.seeded(`refused ${name}`);
    const before = await world.api.read();
    // As it may come from a caller that has not been checked.
    const refused = await world.api.apply(patch as TablePatch, by("alice"));
    expect(refused).toMatchObject({ ok: false, error: { kind: "objections" } });
    expect((await world.api.plan(patch as TablePatch)).objections.length).toBeGreaterThan(0);
    expect(await world.api.read()).toEqual(before);
    expect(await world.count("change")).toBe((await world.api.history(1, null))[0]?.changes.length);
  });

  it("is changed by one of many who saw the same epoch", async () => {
    const world = await World.seeded("race");
    const tries = await Promise.all(
      Array.from({ length: 20 }, (_, i) => world.api.apply(weight(i), by(`racer-${i}`, 1))),
    );
    expect(tries.filter(({ ok }) => ok)).toHaveLength(1);
    for (const each of tries) if (!each.ok) expect(each.error).toEqual({ kind: "stale", epoch: 2 });
    expect(await world.epoch()).toBe(2);
  });

  it("sends a snapshot only to those who have another", async () => {
    const world = await World.seeded("snapshot");
    expect(await world.ask(1)).toEqual({ kind: "unchanged", epoch: 1 });
    for (const have of [null, 0, 2]) expect(await world.ask(have)).toMatchObject({ kind: "table", epoch: 1 });
  });

  it("pages a section in order of id", async () => {
    const world = await World.seeded("page");
    const page = (limit: number, after: string | null) => world.api.page("backends", { limit, after });
    const first = await page(2, null);
    expect(first).toMatchObject({
      epoch: 1,
      next: "use1-a",
      entries: [
        ["euw1-a", { region: "eu-west-1" }],
        ["use1-a", {}],
      ],
    });
    expect(await page(2, first.next)).toMatchObject({ next: null, entries: [["use1-b", {}]] });
    expect((await page(Number.NaN, null)).entries).toHaveLength(1);
    expect(await page(3, "zzz")).toEqual({ epoch: 1, entries: [], next: null });
    expect(await world.api.page("moons" as "regions", { limit: 1, after: null })).toMatchObject({ entries: [] });
  });

  it("takes as many changes at once as it says", async () => {
    const world = await World.seeded("large");
    const bans = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`10.0.${i >> 8}.${i & 255}/32`, ban(null)]));
    expect(await world.api.apply({ blacklist: bans(MAX_CHANGES + 1) }, by("alice"))).toMatchObject({ ok: false });
    expect(await world.apply({ blacklist: bans(MAX_CHANGES) })).toBe(2);
    await evictDurableObject(world.stub);
    expect((await world.published()).table.blacklist.size).toBe(MAX_CHANGES);
    expect((await world.api.history(1, null))[0]?.changes).toHaveLength(MAX_CHANGES);
  });

  it("keeps rows that it cannot read, and goes on without them", async () => {
    const world = await World.seeded("unreadable");
    await world.exec("INSERT INTO entity VALUES ('policies', 'lunar', '{\"kind\":\"lunar\"}')");
    await world.exec(
      "UPDATE entity SET json = json_set(json, '$.colour', 'red') WHERE section = 'regions' AND id = 'us-east-1'",
    );
    await evictDurableObject(world.stub);
    const { table } = await world.published();
    expect([...table.policies.keys()]).not.toContain("lunar");
    expect(table.regions.get("us-east-1")).toMatchObject({ name: "Virginia" });
    expect(await world.apply(weight(5))).toBe(2);
    expect(await world.count("entity WHERE id = 'lunar'")).toBe(1);
  });
});

describe("history", () => {
  it("tells who changed what, newest first, by pages", async () => {
    const world = await World.seeded("history");
    await world.apply(weight(1), "alice");
    await world.apply(weight(2), "bob");
    const all = await world.api.history(10, null);
    expect(all.map(({ epoch, principal, requestId, summary }) => [epoch, principal, requestId, summary])).toEqual([
      [3, "bob", "request-of-bob", "what bob did"],
      [2, "alice", "request-of-alice", "what alice did"],
      [1, "seeder", "request-of-seeder", "what seeder did"],
    ]);
    expect(all[0]?.changes).toMatchObject([{ id: "us-east-1", before: { weight: 1 }, after: { weight: 2 } }]);
    expect((await world.api.history(1, null)).map(({ epoch }) => epoch)).toEqual([3]);
    expect((await world.api.history(9, 3)).map(({ epoch }) => epoch)).toEqual([2, 1]);
    expect(await world.api.history(9, 1)).toEqual([]);
  });

  it("keeps words of bounded length", async () => {
    const world = await World.seeded("words");
    const long = "x".repeat(10_000);
    await world.api.apply(weight(1), { actor: { principal: long, requestId: long }, summary: long, ifEpoch: null });
    const [entry] = await world.api.history(1, null);
    expect([entry?.principal.length, entry?.requestId.length, entry?.summary.length]).toEqual([200, 200, 1000]);
  });
});

describe("a rollback", () => {
  it("restores each earlier configuration as a new epoch", async () => {
    const world = await World.seeded("rollback");
    const tables = [await world.api.read()];
    await world.apply(weight(1));
    tables.push(await world.api.read());
    await world.apply({ backends: { "use1-b": null, new: { region: "eu-west-1", url: "http://127.0.0.1:1" } } });
    tables.push(await world.api.read());
    for (const { epoch, table } of tables.reverse()) {
      const done = await world.api.rollback(epoch, by("alice"));
      expect(done.ok).toBe(true);
      expect((await world.api.read()).table).toEqual(table);
    }
    expect(await world.epoch()).toBe(5);
  });

  it("to an epoch that a health change made restores the configuration as of then", async () => {
    const world = await World.seeded("rollback between");
    await world.apply(weight(1));
    await world.api.report([report("use1-a", { status: "down" })]);
    await world.apply(weight(2));
    expect(await world.epoch()).toBe(4);
    expect(await world.api.rollback(3, by("alice"))).toMatchObject({ ok: true, value: { epoch: 5 } });
    expect(await world.weightOf()).toBe(1);
    expect((await world.published()).health.get("use1-a")?.status).toBe("down");
  });

  it("to what is already there makes no epoch", async () => {
    const world = await World.seeded("rollback nowhere");
    expect(await world.api.rollback(1, by("alice"))).toEqual({ ok: true, value: { epoch: 1, changes: [] } });
  });

  it.each([-1, 0, 3, 1.5, Number.NaN])("to %d, which is not an epoch, is refused", async (epoch) => {
    const world = await World.seeded(`rollback to ${epoch}`);
    await world.apply(weight(1));
    const refused = await world.api.rollback(epoch, by("alice"));
    expect(refused).toEqual({ ok: false, error: { kind: "unknown-epoch", oldest: 1, newest: 2 } });
  });

  it("is refused when the table has moved on", async () => {
    const world = await World.seeded("rollback stale");
    await world.apply(weight(1));
    expect(await world.api.rollback(1, by("alice", 1))).toEqual({ ok: false, error: { kind: "stale", epoch: 2 } });
  });

  it("is refused when its result would not hold together", async () => {
    const world = await World.seeded("rollback broken");
    await world.apply({ regions: { "eu-west-2": { ...seed.regions["eu-west-1"], country: "GB" } } });
    // A backend that came in without the log's knowing, as by a repair.
    const stored = JSON.stringify({ region: "eu-west-2", url: "http://127.0.0.1:1" });
    await world.exec("INSERT INTO entity VALUES ('backends', 'repaired', ?)", stored);
    await evictDurableObject(world.stub);
    const before = await world.api.read();
    const refused = await world.api.rollback(1, by("alice"));
    expect(refused).toMatchObject({
      ok: false,
      error: { kind: "objections", objections: [{ code: "unknown-reference", path: "/regions/eu-west-2" }] },
    });
    expect(await world.api.read()).toEqual(before);
  });

  it("leaves out address rules that have ended by now", async () => {
    const world = await World.seeded("rollback expired");
    const soon = Date.now() + 300;
    await world.apply({ blacklist: { "10.0.0.1/32": ban(soon), "10.0.0.2/32": ban(null) } });
    await world.apply({ blacklist: { "10.0.0.1/32": null, "10.0.0.2/32": null } });
    await expect.poll(() => Date.now(), { timeout: 5000 }).toBeGreaterThan(soon);
    await world.api.rollback(2, by("alice"));
    expect([...(await world.published()).table.blacklist.keys()]).toEqual(["10.0.0.2/32"]);
  });
});

it("keeps the changes of a thousand epochs, and can go back to each", async () => {
  const world = await World.seeded("thousand");
  const total = KEPT_EPOCHS + 250;
  for (let epoch = 2; epoch <= total; epoch++) await world.apply(weight(epoch % 1000));
  const kept = await world.count("epoch");
  expect(kept).toBeGreaterThanOrEqual(KEPT_EPOCHS);
  expect(kept).toBeLessThan(KEPT_EPOCHS + 150);
  expect(await world.count("change")).toBe(kept);
  const oldest = total - kept + 1;
  expect(await world.api.rollback(oldest - 1, by("alice"))).toEqual({
    ok: false,
    error: { kind: "unknown-epoch", oldest, newest: total },
  });
  expect(await world.api.rollback(total - KEPT_EPOCHS + 1, by("alice"))).toMatchObject({ ok: true });
  expect(await world.weightOf()).toBe((total - KEPT_EPOCHS + 1) % 1000);
  expect(await world.api.rollback(oldest, by("alice"))).toMatchObject({ ok: true });
  expect(await world.weightOf()).toBe(oldest % 1000);
});
