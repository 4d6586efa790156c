import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { KEPT_EPOCHS } from "../../../durable-objects/routing-table/log.ts";
import { RoutingTable } from "../../../durable-objects/routing-table/object.ts";
import { MAX_WAITING_RECORDS } from "../../../durable-objects/routing-table/outbox.ts";
import { healthMonitor } from "../../../durable-objects/stubs.ts";
import { regionHealthHistory } from "../../../src/adapters/d1/region-health.ts";
import { MAX_KEPT_CHANGE_CHARS, tableChanges } from "../../../src/adapters/d1/table-changes.ts";
import { RECORD_EVERY_MS } from "../../../src/health/reception.ts";
import { ban, by, report, World, weight } from "./world.ts";

/** Beyond what the runtime's own clock reaches, so that alarms run when a test says so and not before. */
const start = Date.UTC(2100, 0, 1);
const setTime = (at: number) => vi.setSystemTime(at);

async function frozen(name: string): Promise<World> {
  vi.useFakeTimers({ toFake: ["Date"], now: start });
  return World.seeded(name);
}

/** Runs the alarm at the time for which it is set. */
async function tick(world: World): Promise<void> {
  const { nextAlarmAt } = await world.api.status();
  if (nextAlarmAt === null) throw new Error("no alarm is set");
  setTime(Math.max(Date.now(), nextAlarmAt));
  await world.runAlarm();
}

/** Runs alarms until nothing waits for D1. */
async function settle(world: World): Promise<void> {
  for (let runs = 0; (await world.api.status()).outbox.waiting > 0; runs++) {
    if (runs === 100) throw new Error("the outbox does not empty");
    await tick(world);
  }
}

const copiedChanges = async (principal: string) =>
  (await tableChanges(env.DB, 1000, null)).filter((change) => change.principal === principal);

afterEach(async () => {
  vi.useRealTimers();
  await env.DB.batch([env.DB.prepare("DELETE FROM table_change"), env.DB.prepare("DELETE FROM region_health")]);
});

describe("an address rule that has ended", () => {
  const blacklist = async (world: World) => [...(await world.published()).table.blacklist.keys()];

  it("is removed by the alarm, as a change by `expiry`", async () => {
    const world = await frozen("expiry");
    await world.apply({
      blacklist: { "10.0.0.1/32": ban(start + 5000), "10.0.0.2/32": ban(null) },
      allowlist: { "10.0.0.3/32": ban(start + 5000) },
    });
    await settle(world);
    expect((await world.api.status()).nextAlarmAt).toBe(start + 5000);
    setTime(start + 4999);
    await world.runAlarm();
    expect(await blacklist(world)).toHaveLength(2);
    await tick(world);
    expect(await blacklist(world)).toEqual(["10.0.0.2/32"]);
    const [entry] = await world.api.history(1, null);
    expect(entry).toMatchObject({ epoch: 3, principal: "expiry", summary: "2 entries have expired" });
    expect(entry?.changes.map(({ section, after }) => [section, after])).toEqual([
      ["blacklist", null],
      ["allowlist", null],
    ]);
    await settle(world);
    expect((await world.api.status()).nextAlarmAt).toBeNull();
  });

  it("goes with others that end soon after, not one epoch each", async () => {
    const world = await frozen("expiry together");
    const bans = Array.from({ length: 9 }, (_, i) => [`10.0.0.${i}/32`, ban(start + 5000 + i * 1000)]);
    await world.apply({ blacklist: Object.fromEntries(bans) });
    setTime(start + 5000);
    await tick(world);
    expect(await blacklist(world)).toHaveLength(8);
    await settle(world);
    expect((await world.api.status()).nextAlarmAt).toBe(start + 15_000);
    await tick(world);
    expect(await blacklist(world)).toEqual([]);
    expect(await world.epoch()).toBe(4);
  });

  it("is found after a restart", async () => {
    const world = await frozen("expiry restart");
    await world.apply({ blacklist: { "10.0.0.1/32": ban(start + 60_000) } });
    await settle(world);
    await evictDurableObject(world.stub);
    setTime(start + 60_000);
    await world.runAlarm();
    expect(await blacklist(world)).toEqual([]);
  });

  it("that was prolonged stays, and one in a far future disturbs nothing", async () => {
    const world = await frozen("expiry prolonged");
    await world.apply({ blacklist: { "10.0.0.1/32": ban(start + 5000), "10.0.0.2/32": ban(Number.MAX_SAFE_INTEGER) } });
    await world.apply({ blacklist: { "10.0.0.1/32": { expiresAt: start + 90_000 } } });
    await settle(world);
    await tick(world);
    expect(await blacklist(world)).toHaveLength(2);
    for (let runs = 0; runs < 3; runs++) await tick(world);
    expect(await blacklist(world)).toEqual(["10.0.0.2/32"]);
    const { nextAlarmAt } = await world.api.status();
    expect(nextAlarmAt).toBeLessThanOrEqual(Date.now() + 30 * 86_400_000);
  });
});

describe("D1", () => {
  it("gets each change, with who made it", async () => {
    const world = await frozen("copy");
    await world.apply(weight(1), "copy-alice");
    expect((await world.api.status()).outbox).toEqual({ waiting: 2, dropped: 0, failures: 0 });
    await tick(world);
    expect((await world.api.status()).outbox.waiting).toBe(0);
    expect(await copiedChanges("copy-alice")).toMatchObject([
      {
        epoch: 2,
        at: start,
        requestId: "request-of-copy-alice",
        summary: "what copy-alice did",
        changeCount: 1,
        changes: [{ section: "regions", id: "us-east-1", before: { weight: 100 }, after: { weight: 1 } }],
      },
    ]);
    expect(await tableChanges(env.DB, 1, null)).toMatchObject([{ epoch: 2 }]);
    expect(await tableChanges(env.DB, 9, 2)).toMatchObject([{ epoch: 1, principal: "seeder" }]);
  });

  it("gets the count alone of changes that are too long", async () => {
    const world = await frozen("copy long");
    const some = (count: number, reason: string, net: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`10.${net}.0.${i}/32`, { ...ban(null), reason }]));
    await world.apply({ blacklist: some(40, "x".repeat(MAX_KEPT_CHANGE_CHARS / 40), 1) }, "copy-long");
    await world.apply({ blacklist: Object.assign(some(250, "y", 2), some(250, "y", 3)) }, "copy-long");
    await world.apply({ blacklist: some(40, "z", 4) }, "copy-long");
    await settle(world);
    expect(
      (await copiedChanges("copy-long")).map(({ changeCount, changes }) => [changeCount, changes?.length]),
    ).toEqual([
      [40, 40],
      [500, undefined],
      [40, undefined],
    ]);
  });

  it("gets a backend's health when its status changes, and every ten minutes", async () => {
    const world = await frozen("health");
    const at = (ms: number) => start - RECORD_EVERY_MS * 2 + ms;
    const load = { cpu: 0.5, memory: 0.25, disk: 0, network: 0, inFlight: 1 };
    await world.api.report([report("use1-a", { checkedAt: at(0), load }), report("euw1-a", { checkedAt: at(0) })]);
    await world.api.report([report("use1-a", { checkedAt: at(10), load })]);
    await world.api.report([
      report("use1-a", { checkedAt: at(20), status: "down", latencyMs: null, detail: "refused" }),
    ]);
    await world.api.report([report("use1-a", { checkedAt: at(30), status: "down" })]);
    await world.api.report([report("use1-a", { checkedAt: at(20 + RECORD_EVERY_MS), status: "down" })]);
    await settle(world);
    const history = await regionHealthHistory(env.DB, "us-east-1", 0, 10);
    expect(history.map((row) => [row.at - at(0), row.status])).toEqual([
      [20 + RECORD_EVERY_MS, "down"],
      [20, "down"],
      [0, "up"],
    ]);
    expect(history[2]).toEqual({
      region: "us-east-1",
      backend: "use1-a",
      vantage: "weur",
      status: "up",
      latencyMs: 5,
      load,
      detail: "200",
      at: at(0),
    });
    expect(history[1]).toMatchObject({ latencyMs: null, load: null, detail: "refused" });
    expect(await regionHealthHistory(env.DB, "us-east-1", at(21), 10)).toHaveLength(1);
    expect(await regionHealthHistory(env.DB, "us-east-1", 0, 2)).toHaveLength(2);
    expect(await regionHealthHistory(env.DB, "eu-west-1", 0, 10)).toHaveLength(1);
    expect(await regionHealthHistory(env.DB, "mars-1", 0, 10)).toEqual([]);
  });

  it("gets more records than one flush holds, in several", async () => {
    const world = await frozen("batches");
    const flips = Array.from({ length: 1200 }, (_, i) =>
      report("use1-a", { checkedAt: start - 1200 + i, status: i % 2 ? "down" : "up" }),
    );
    await runInDurableObject(world.stub, async (table: RoutingTable) => {
      for (const flip of flips) await table.report([flip]);
    });
    await tick(world);
    expect((await world.api.status()).outbox.waiting).toBe(700);
    await settle(world);
    expect(await regionHealthHistory(env.DB, "us-east-1", 0, 9999)).toHaveLength(1200);
  });

  it("that is sent the same batch twice keeps it once", async () => {
    const world = await frozen("twice");
    await world.api.report([report("use1-a", {})]);
    await settle(world);
    // As if the answer to the first time had been lost.
    await world.exec("UPDATE counter SET value = 0 WHERE name = 'copied-epoch'");
    await world.api.report([report("use1-b", {})]);
    await world.exec("INSERT INTO health_record (json) SELECT replace(json, 'use1-b', 'use1-a') FROM health_record");
    await evictDurableObject(world.stub);
    await settle(world);
    expect(await copiedChanges("seeder")).toHaveLength(1);
    expect(await regionHealthHistory(env.DB, "us-east-1", 0, 10)).toHaveLength(2);
  });

  it("that is down delays no change, is asked less and less often, and gets everything once it is back", async () => {
    const world = await frozen("down");
    await env.DB.exec("ALTER TABLE table_change RENAME TO away");
    const pauses: number[] = [];
    for (let tries = 1; tries <= 12; tries++) {
      await tick(world);
      expect((await world.api.status()).outbox).toMatchObject({ failures: tries, dropped: 0 });
      pauses.push(((await world.api.status()).nextAlarmAt ?? 0) - Date.now());
      await world.apply(weight(tries), "down-alice");
    }
    expect(pauses).toEqual([
      2000, 4000, 8000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000, 300_000, 300_000, 300_000,
    ]);
    await env.DB.exec("ALTER TABLE away RENAME TO table_change");
    await evictDurableObject(world.stub);
    await settle(world);
    expect((await world.api.status()).outbox).toEqual({ waiting: 0, dropped: 0, failures: 0 });
    expect((await copiedChanges("down-alice")).map(({ epoch }) => epoch)).toEqual([
      13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2,
    ]);
  });

  it("that stays down costs the oldest health records first, and they are counted", async () => {
    const world = await frozen("overflow");
    const some = JSON.stringify(Array.from({ length: 1000 }, (_, i) => i));
    await world.exec("INSERT INTO health_record (json) SELECT json_object('n', value) FROM json_each(?)", some);
    for (let copies = 1000; copies < MAX_WAITING_RECORDS; copies += 1000)
      await world.exec("INSERT INTO health_record (json) SELECT json FROM health_record LIMIT 1000");
    await world.api.report([report("use1-a", {}), report("use1-b", {})]);
    expect((await world.api.status()).outbox).toMatchObject({ waiting: MAX_WAITING_RECORDS + 1, dropped: 2 });
    expect(await world.count("health_record WHERE seq <= 2")).toBe(0);
    expect(await world.count("health_record WHERE json LIKE '%use1-%'")).toBe(2);
  });

  it("that stays down for more epochs than are kept misses those, and they are counted", async () => {
    const world = await frozen("forgotten");
    for (let epoch = 2; epoch <= KEPT_EPOCHS + 250; epoch++) await world.apply(weight(epoch % 1000), "forgotten");
    const { waiting, dropped } = (await world.api.status()).outbox;
    expect(dropped).toBeGreaterThan(0);
    expect(waiting + dropped).toBe(KEPT_EPOCHS + 250);
    await settle(world);
    expect(await env.DB.prepare("SELECT COUNT(*) AS copied FROM table_change").first("copied")).toBe(waiting);
  });

  it("keeps health and changes for ninety days", async () => {
    const world = await frozen("sweep");
    await env.DB.exec(
      `INSERT INTO region_health (region, at, backend, vantage, status, detail)
       VALUES ('us-east-1', ${start - 91 * 86_400_000}, 'use1-a', 'local', 'up', ''),
              ('us-east-1', ${start - 89 * 86_400_000}, 'use1-a', 'local', 'up', '')`.replaceAll("\n", " "),
    );
    await env.DB.exec(
      `INSERT INTO table_change (epoch, at, principal, request_id, summary, change_count)
       VALUES (1, ${start - 91 * 86_400_000}, 'sweep', 'r', '', 0),
              (2, ${start - 89 * 86_400_000}, 'sweep', 'r', '', 0)`.replaceAll("\n", " "),
    );
    await settle(world);
    expect(await regionHealthHistory(env.DB, "us-east-1", 0, 10)).toHaveLength(1);
    expect(await copiedChanges("sweep")).toMatchObject([{ epoch: 2 }]);
  });
});

describe("the alarm", () => {
  it("is set as soon as something waits, also what waited before a restart", async () => {
    const world = await frozen("set");
    expect((await world.api.status()).nextAlarmAt).toBe(start + 1000);
    await runInDurableObject(world.stub, (_, { storage }) => storage.deleteAlarm());
    await evictDurableObject(world.stub);
    expect((await world.api.status()).nextAlarmAt).not.toBeNull();
    await settle(world);
    expect((await world.api.status()).nextAlarmAt).toBeNull();
  });

  it("outlives failures of its own parts", async () => {
    const world = await frozen("failing");
    await world.apply({ blacklist: { "10.0.0.1/32": ban(start + 500) } });
    await world.exec("ALTER TABLE change RENAME TO gone");
    for (let runs = 0; runs < 3; runs++) {
      await tick(world);
      expect((await world.api.status()).nextAlarmAt).toBeGreaterThan(Date.now());
    }
    await world.exec("ALTER TABLE gone RENAME TO change");
    for (let runs = 0; runs < 5; runs++) await tick(world).catch(() => undefined);
    expect((await world.published()).table.blacklist.size).toBe(0);
    expect((await world.api.status()).outbox).toEqual({ waiting: 0, dropped: 0, failures: 0 });
  });
});

describe("the health monitor", () => {
  it("is woken by a change of backends, and by no other", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: start });
    const nextCheckAt = async () => (await healthMonitor(env, "weur").status()).nextCheckAt;
    const forgetIt = () =>
      runInDurableObject(env.HEALTH_MONITOR.getByName("weur"), (_, { storage }) => storage.deleteAlarm());
    const world = await World.seeded("wake");
    await expect.poll(nextCheckAt).not.toBeNull();
    await forgetIt();
    await world.apply(weight(5));
    await world.apply({ policies: { mine: { kind: "geo" } } });
    expect(await nextCheckAt()).toBeNull();
    await world.apply({ backends: { "use1-a": { weight: 5 } } });
    await expect.poll(nextCheckAt).not.toBeNull();
  });

  it("that cannot be reached stops no change", async () => {
    const world = new World("no monitor");
    const applied = await runInDurableObject(world.stub, (_, state) => {
      const nobody = {
        getByName() {
          throw new Error("no such namespace");
        },
      };
      const alone = new RoutingTable(state, { ...env, HEALTH_MONITOR: nobody as unknown as typeof env.HEALTH_MONITOR });
      const backends = { a: { region: "r", url: "http://127.0.0.1:1" } };
      const region = { name: "R", country: "DE", latitude: 1, longitude: 1, nodes: 1, connections: 1, zones: 1 };
      return alone.apply({ regions: { r: { ...region, locationHint: "weur" } }, backends }, by("alice"));
    });
    expect(applied).toMatchObject({ ok: true, value: { epoch: 1 } });
  });
});
