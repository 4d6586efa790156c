import { evictDurableObject, reset, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { LatencyProber } from "../../../durable-objects/latency-prober/object.ts";
import { RoutingTable } from "../../../durable-objects/routing-table/object.ts";
import { MAX_PROBE_COUNT, MAX_PROBE_TARGETS } from "../../../src/latency-matrix/probe-message.ts";
import { MAX_KEPT_SAMPLES } from "../../../src/latency-matrix/series.ts";
import { type PairStatistics, statisticsOf } from "../../../src/latency-matrix/statistics.ts";
import { regionIdSchema } from "../../../src/table/region.ts";
import { eventually } from "../eventually.ts";
import { type Answer, finds, REGIONS, useWorld } from "./world.ts";

const MINUTE_MS = 60_000;
const everything = { source: null, target: null, count: 5 };

const refuses: Answer = () => Promise.reject(new TypeError("Network connection lost."));

describe("LatencyProber", () => {
  const world = useWorld();
  afterEach(async () => {
    await reset();
  });

  const samplesOf = async (source: string, target: string) =>
    (await world.current.api.read([source], target))[0]?.statistics.samples ?? 0;

  it("keeps what a vantage tells, in place of what it told before, over a restart", async () => {
    const { api, stub } = world.current;
    const statistics = statisticsOf([{ at: 1, roundTripsMs: [5, 7], lost: 0 }]) as PairStatistics;
    const region = regionIdSchema.parse(REGIONS[0]);
    await api.tell("weur", [[region, { ...statistics, samples: 9 }]]);
    await api.tell("weur", [[region, statistics]]);
    await api.tell("weur", [[region, { ...statistics, loss: 7 }]]);
    await evictDurableObject(stub);
    const told = [{ source: "weur", target: region, statistics }];
    expect(await world.current.api.read(["weur", "oc"], null)).toEqual(told);
    expect(await world.current.api.read(["weur"], region)).toEqual(told);
    expect(await world.current.api.read(["weur"], "mars-1")).toEqual([]);
  });

  describe("the loop", () => {
    it("is started by a change of the table's backends", async () => {
      expect(await world.current.nextAlarmAt()).toBeLessThan(Date.now() + 1000);
    });

    it("is started by a reader", async () => {
      await runInDurableObject(world.current.stub, (_, { storage }) => storage.deleteAlarm());
      await world.current.api.read([], null);
      await world.current.nextAlarmAt();
    });

    it("gives each region a turn a minute, a third of a minute apart, and keeps what it finds of every path", async () => {
      const { api, asked } = world.current;
      await world.current.run(MINUTE_MS);
      expect(asked.map(({ region }) => region).sort()).toEqual([...REGIONS]);
      await world.current.run(2 * MINUTE_MS);
      for (const region of REGIONS) expect(world.current.turnsOf(region)).toBe(3);
      const readings = await api.read(REGIONS, null);
      expect(readings).toHaveLength(6);
      for (const { statistics } of readings) expect(statistics).toMatchObject({ samples: 15, p50Ms: 10, loss: 0 });
    });

    it("asks with the token, follows no redirect, and names the region's colo", async () => {
      await world.current.run(MINUTE_MS);
      const asked = world.current.asked.find(({ region }) => region === "us-east-1");
      expect(asked?.request.headers.get("Authorization")).toBe(`Bearer ${"c".repeat(32)}`);
      expect(asked?.request.redirect).toBe("manual");
      expect(asked?.order).toEqual({
        colo: "IAD",
        count: 5,
        timeoutMs: 1000,
        targets: ["eu-west-1", "us-west-2"].map((region) => {
          return { region, url: `http://${region}.test`, healthPath: "/healthz" };
        }),
      });
    });

    it("forgets a region that has gone", async () => {
      await world.current.run(MINUTE_MS);
      await world.current.setRegions({ "us-west-2": null });
      await world.current.run(MINUTE_MS);
      expect(await world.current.api.read(REGIONS, null)).toHaveLength(2);
      await world.current.setRegions({ "us-west-2": {} });
      expect(await samplesOf("us-east-1", "us-west-2")).toBe(0);
    });

    it("asks nobody while there is nobody to measure", async () => {
      await world.current.setRegions({ "us-west-2": null, "us-east-1": null });
      await world.current.run(5 * MINUTE_MS);
      expect(world.current.asked).toEqual([]);
    });
  });

  describe("survives", () => {
    it.each<[string, Answer]>([
      ["refuses", refuses],
      ["is down", () => new Response("down", { status: 503 })],
      ["has another token", () => new Response("no", { status: 403 })],
      ["is no node", () => new Response("<html>")],
      ["answers another schema", () => Response.json({ results: [{ region: "us-west-2", samples: [-1], lost: 0 }] })],
      ["answers without end", () => new Response("x".repeat(100_000))],
    ])("a node that %s: the others go on", async (_, answer) => {
      world.current.answers.set("us-east-1", answer);
      await world.current.run(2 * MINUTE_MS);
      expect(world.current.turnsOf("us-east-1")).toBe(2);
      expect(await world.current.api.read(["us-east-1"], null)).toEqual([]);
      expect(await samplesOf("eu-west-1", "us-east-1")).toBe(10);
    });

    it("eviction before every alarm, and forgets nothing", async () => {
      await world.current.run(MINUTE_MS);
      const end = Date.now() + 2 * MINUTE_MS;
      while ((await world.current.nextAlarmAt()) <= end) {
        await evictDurableObject(world.current.stub);
        await world.current.tick();
      }
      for (const region of REGIONS) expect(world.current.turnsOf(region)).toBe(3);
      expect(await samplesOf("us-east-1", "eu-west-1")).toBe(15);
    });

    it("a table that cannot be reached: it goes on with the nodes that it knows", async () => {
      await world.current.run(MINUTE_MS);
      vi.spyOn(RoutingTable.prototype, "page").mockRejectedValue(new Error("unreachable"));
      await world.current.run(2 * MINUTE_MS);
      expect(world.current.turnsOf("us-east-1")).toBe(3);
    });

    it("exceptions: it tries again with growing pauses, and goes on once the cause is gone", async () => {
      await world.current.run(MINUTE_MS);
      await evictDurableObject(world.current.stub);
      const page = vi.spyOn(RoutingTable.prototype, "page").mockRejectedValue(new Error("unreachable"));
      const pausesMs: number[] = [];
      for (let i = 0; i < 8; i++) {
        await world.current.tick();
        pausesMs.push((await world.current.nextAlarmAt()) - Date.now());
      }
      expect(pausesMs).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
      page.mockRestore();
      const before = world.current.turnsOf("us-east-1");
      await world.current.run(2 * MINUTE_MS);
      expect(world.current.turnsOf("us-east-1")).toBeGreaterThan(before);
    });

    it("a run that breaks off: the retry sets the next alarm before it begins", async () => {
      const during: (number | null)[] = [];
      await runInDurableObject(world.current.stub, async (instance: LatencyProber, { storage }) => {
        for (const region of REGIONS)
          world.current.answers.set(region, async (order) => {
            during.push(await storage.getAlarm());
            return finds(10)(order);
          });
        await storage.deleteAlarm();
        vi.setSystemTime(Date.now() + 10_000);
        await instance.alarm({ isRetry: true, retryCount: 6, scheduledTime: Date.now() });
      });
      expect(during[0]).toBe(Date.now() + MINUTE_MS);
    });
  });

  describe("measures at once", () => {
    it("all paths, and keeps what it finds", async () => {
      const measurement = await world.current.api.measure({ ...everything, count: MAX_PROBE_COUNT });
      if (measurement.kind !== "measured") throw new Error(measurement.kind);
      expect(measurement.outcomes.map(({ source, target }) => `${source} ${target}`)).toEqual(
        REGIONS.flatMap((from) => REGIONS.filter((to) => to !== from).map((to) => `${from} ${to}`)),
      );
      expect(measurement.outcomes[0]).toMatchObject({ statistics: { samples: 20, minMs: 10 }, error: null });
      expect(await samplesOf("us-east-1", "eu-west-1")).toBe(20);
    });

    it("what it has found alone, not what was known before", async () => {
      await world.current.api.measure(everything);
      world.current.answers.set("us-east-1", finds(300));
      const one = { source: "us-east-1", target: "eu-west-1", count: 5 };
      expect(await world.current.api.measure(one)).toMatchObject({
        outcomes: [{ source: "us-east-1", target: "eu-west-1", statistics: { minMs: 300, samples: 5 } }],
      });
      expect(await world.current.api.read(["us-east-1"], "eu-west-1")).toMatchObject([
        { statistics: { minMs: 10, p95Ms: 300, samples: 10 } },
      ]);
    });

    it.each<[string, Answer, object]>([
      ["a node that refuses", refuses, { statistics: null, error: "us-east-1-a: connection failed" }],
      [
        "a path on which everything is lost",
        ({ targets }) =>
          Response.json({ results: targets.map(({ region }) => ({ region, samples: [], lost: 3, error: "lost" })) }),
        { statistics: { samples: 3, loss: 1, p50Ms: null }, error: "lost" },
      ],
      [
        "a node that leaves a path out",
        () => Response.json({ results: [] }),
        { statistics: null, error: "not reached in time" },
      ],
    ])("%s", async (_, answer, outcome) => {
      world.current.answers.set("us-east-1", answer);
      const { api } = world.current;
      const measurement = await api.measure({ source: "us-east-1", target: "eu-west-1", count: 5 });
      expect(measurement).toMatchObject({ kind: "measured", outcomes: [outcome] });
    });

    it("one at a time", async () => {
      const { promise: held, resolve: release } = Promise.withResolvers<void>();
      world.current.answers.set("us-east-1", async (order) => {
        await held;
        return finds(10)(order);
      });
      const first = world.current.api.measure(everything);
      await eventually(() => expect(world.current.turnsOf("us-east-1")).toBe(1));
      expect(await world.current.api.measure(everything)).toEqual({ kind: "busy" });
      release();
      expect(await first).toMatchObject({ kind: "measured" });
      expect(await world.current.api.measure(everything)).toMatchObject({ kind: "measured" });
    });

    it("not a region without a backend", async () => {
      const measurement = await world.current.api.measure({ source: "us-east-1", target: "sa-east-1", count: 1 });
      expect(measurement).toEqual({ kind: "no-backend", region: "sa-east-1" });
    });
  });

  it("does nothing where there is no token", async () => {
    const { stub, api } = world.current;
    await runInDurableObject(stub, async (instance: LatencyProber, { storage }) => {
      Object.assign(instance, { env: { ...env, NODE_TOKEN: undefined } });
      await storage.deleteAlarm();
      await instance.alarm();
      expect(await storage.getAlarm()).toBeNull();
    });
    expect(await api.read(REGIONS, null)).toEqual([]);
    await expect(world.current.nextAlarmAt()).rejects.toThrow();
    expect(await api.measure(everything)).toEqual({ kind: "no-token" });
    expect(world.current.asked).toEqual([]);
  });

  it("keeps a bounded number of samples of a path", async () => {
    for (let i = 0; i < 8; i++) {
      vi.setSystemTime(Date.now() + 1000);
      world.current.answers.set("us-east-1", finds(i + 1));
      await world.current.api.measure({ source: "us-east-1", target: "eu-west-1", count: MAX_PROBE_COUNT });
    }
    expect(await world.current.api.read(["us-east-1"], "eu-west-1")).toMatchObject([
      { statistics: { samples: MAX_KEPT_SAMPLES, minMs: 4 } },
    ]);
  });

  it("asks a node for no more paths at a time than it may, and six nodes at a time", async () => {
    const many = Array.from({ length: MAX_PROBE_TARGETS + 8 }, (_, i) => `made-up-${i}`);
    await world.current.setMadeUp(many);
    for (const region of many) world.current.answers.set(region, finds(10));
    const measurement = await world.current.api.measure({ ...everything, count: 1 });
    const regions = many.length + REGIONS.length;
    if (measurement.kind !== "measured") throw new Error(measurement.kind);
    expect(measurement.outcomes.filter(({ statistics }) => statistics !== null)).toHaveLength(regions * (regions - 1));
    expect(Math.max(...world.current.asked.map(({ order }) => order.targets.length))).toBe(MAX_PROBE_TARGETS);
    expect(world.current.mostAtOnce).toBe(6);
  });
});
