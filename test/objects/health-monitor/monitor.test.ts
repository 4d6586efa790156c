import { evictDurableObject, reset, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { HealthMonitor } from "../../../durable-objects/health-monitor/object.ts";
import { LatencyProber } from "../../../durable-objects/latency-prober/object.ts";
import { RoutingTable } from "../../../durable-objects/routing-table/object.ts";
import { type BackendId, backendIdSchema } from "../../../src/table/backend.ts";
import { locationHints, type Vantage } from "../../../src/table/region.ts";
import { eventually } from "../eventually.ts";
import { type Answer, idleLoad, ill, refusing, useFakeNodes, well } from "./fake-nodes.ts";
import { Monitor, originOf, setBackends, useFakeClock, verdicts } from "./world.ts";

const backend = backendIdSchema.parse("virginia");
const statusOf = async (id: BackendId = backend) => (await verdicts())[id]?.status;
const suspicion = { backend, detail: "consecutive-errors: gateway" };

describe("HealthMonitor", () => {
  const nodes = useFakeNodes();
  useFakeClock();
  let monitor: Monitor;

  /** One well backend, checked once. */
  async function begin(): Promise<void> {
    nodes.current.set(originOf(backend), well);
    await setBackends({ [backend]: {} });
    await monitor.api.ensureRunning();
    await monitor.runUntil(async () => (await statusOf()) === "up");
  }

  /** The node's next checks get these answers; the last one stays. */
  const become = (answer: Answer, id: BackendId = backend) => nodes.current.set(originOf(id), answer);
  const checks = () => nodes.current.checksOf(originOf(backend));
  const runChecks = (count: number) => {
    const target = checks() + count;
    return monitor.runUntil(() => checks() >= target);
  };

  beforeEach(() => {
    monitor = new Monitor("weur");
    vi.spyOn(console, "error").mockImplementation(() => {});
  });
  afterEach(async () => {
    await reset();
  });

  describe("reports", () => {
    it("the first verdict within two seconds, with latency, load, vantage and reason", async () => {
      const before = Date.now();
      await begin();
      expect(Date.now() - before).toBeLessThan(2000);
      expect(await verdicts()).toEqual({
        [backend]: {
          status: "up",
          since: expect.any(Number),
          recoveredAt: null,
          checkedAt: expect.any(Number),
          latencyMs: expect.any(Number),
          load: idleLoad,
          vantage: "weur",
          detail: "200; first verdict: up",
          votes: { up: 1, down: 0, confidence: "low" },
        },
      });
    });

    it("a fall after three failures, confirmed a second apart, and a rise after two successes", async () => {
      await begin();
      become(ill);
      await runChecks(1);
      const failedAt = Date.now();
      expect(await statusOf()).toBe("up");
      await monitor.runUntil(async () => (await statusOf()) === "down");
      expect(Date.now() - failedAt).toBeLessThan(3000);
      expect((await verdicts())[backend]).toMatchObject({ detail: "503; was up", load: null });

      become(well);
      await runChecks(1);
      expect(await statusOf()).toBe("down");
      await monitor.runUntil(async () => (await statusOf()) === "up");
    });

    it("a first failure at once, so that the other vantages look too", async () => {
      await begin();
      const others = vi.spyOn(HealthMonitor.prototype, "suspect");
      become(ill);
      await runChecks(1);
      await eventually(() => expect(others).toHaveBeenCalledTimes(locationHints.length));
      expect((await verdicts())[backend]).toMatchObject({ status: "up", detail: "503; failure 1 of 3" });
    });

    it("nothing that is too old to count", async () => {
      await begin();
      become(ill);
      const report = vi.spyOn(RoutingTable.prototype, "report");
      await evictDurableObject(monitor.stub);
      // The checks of before are sent again after a restart, but not after such a pause.
      vi.setSystemTime(Date.now() + 100_000);
      await runChecks(1);
      expect(report.mock.calls.flatMap(([reports]) => reports).filter(({ vote }) => vote.detail === "200")).toEqual([]);
    });

    it("once a minute what its checks say of the paths to regions", async () => {
      const tell = vi.spyOn(LatencyProber.prototype, "tell");
      await begin();
      await monitor.run(130_000);
      expect(tell.mock.calls.map(([vantage]) => vantage)).toEqual(["weur", "weur", "weur"]);
      const [[region, statistics] = []] = tell.mock.calls.at(-1)?.[1] ?? [];
      expect(region).toBe("us-east-1");
      expect(statistics).toMatchObject({ loss: 0, p50Ms: expect.any(Number) });
      expect(statistics?.samples).toBeGreaterThan(10);
    });

    it("fresh latencies and loads at least every fifteen seconds", async () => {
      await begin();
      become(({ url }) => (url.endsWith("/load") ? Response.json({ ...idleLoad, cpu: 0.9 }) : new Response()));
      await monitor.run(15_000);
      expect((await verdicts())[backend]?.load?.cpu).toBe(0.9);
    });
  });

  describe("follows the table", () => {
    it("dropping backends that are removed or disabled, and taking new ones", async () => {
      await begin();
      const london = backendIdSchema.parse("london");
      become(well, london);
      await setBackends({ [backend]: { state: "disabled" }, [london]: {} });
      await monitor.api.ensureRunning();
      await monitor.runUntil(async () => (await statusOf(london)) === "up");
      expect((await monitor.api.status()).backends).toBe(1);
      const before = checks();
      await monitor.run(30_000);
      expect(checks()).toBe(before);
      expect(nodes.current.checksOf(originOf(london))).toBeGreaterThan(2);
    });

    it("beginning anew with a backend that moved", async () => {
      await begin();
      become(ill);
      await monitor.runUntil(async () => (await statusOf()) === "down");
      nodes.current.set("http://moved.test", well);
      await setBackends({ [backend]: { url: "http://moved.test" } });
      await monitor.api.ensureRunning();
      await monitor.runUntil(async () => (await statusOf()) === "up", 5);
      expect(nodes.current.checksOf("http://moved.test")).toBe(1);
    });

    it("without being told, within ten seconds", async () => {
      await begin();
      const london = backendIdSchema.parse("london");
      become(well, london);
      await setBackends({ [london]: {} });
      await monitor.run(12_000);
      expect(await statusOf(london)).toBe("up");
    });
  });

  describe("ensureRunning", () => {
    it("starts the loop, once", async () => {
      expect((await monitor.api.status()).nextCheckAt).toBeNull();
      await monitor.api.ensureRunning();
      const first = await monitor.nextAlarmAt();
      vi.setSystemTime(Date.now() + 500);
      await monitor.api.ensureRunning();
      expect(await monitor.nextAlarmAt()).toBe(first);
    });

    it("goes on with an empty table", async () => {
      await monitor.api.ensureRunning();
      await monitor.tick();
      expect((await monitor.nextAlarmAt()) - Date.now()).toBeLessThanOrEqual(10_000);
    });

    it("does not read the table more than once a second, however often it is called", async () => {
      await begin();
      const snapshot = vi.spyOn(RoutingTable.prototype, "snapshot");
      const end = Date.now() + 5000;
      while (Date.now() < end) {
        await monitor.api.ensureRunning();
        await monitor.tick();
      }
      expect(snapshot.mock.calls.length).toBeGreaterThanOrEqual(4);
      expect(snapshot.mock.calls.length).toBeLessThanOrEqual(6);
    });
  });

  describe("suspect", () => {
    it("brings the check forward to now, and the confirmations follow", async () => {
      await begin();
      await runChecks(1);
      await monitor.run(3000);
      const suspectedAt = Date.now();
      become(refusing);
      expect(await monitor.nextAlarmAt()).toBeGreaterThan(suspectedAt);
      await monitor.api.suspect([suspicion]);
      expect(await monitor.nextAlarmAt()).toBe(suspectedAt);
      await monitor.runUntil(async () => (await statusOf()) === "down");
      expect(Date.now() - suspectedAt).toBeLessThan(3000);
      expect((await verdicts())[backend]?.detail).toBe("connection failed; was up");
    });

    it("alone changes no verdict", async () => {
      await begin();
      for (let i = 0; i < 5; i++) {
        await monitor.api.suspect([suspicion]);
        await runChecks(1);
      }
      expect(await statusOf()).toBe("up");
    });

    it("causes at most one check a second, however often it is called", async () => {
      await begin();
      const before = checks();
      const end = Date.now() + 5000;
      while (Date.now() < end) {
        await monitor.api.suspect([suspicion, suspicion, suspicion]);
        await monitor.tick();
      }
      expect(checks() - before).toBeGreaterThanOrEqual(4);
      expect(checks() - before).toBeLessThanOrEqual(6);
    });

    it("of an unknown backend does nothing", async () => {
      await begin();
      const before = await monitor.nextAlarmAt();
      await monitor.api.suspect([{ backend: backendIdSchema.parse("nobody"), detail: "" }]);
      expect(await monitor.nextAlarmAt()).toBe(before);
    });
  });

  it("that an older version named otherwise starts those of the vantages, and ends", async () => {
    const old = new Monitor("local" as Vantage);
    await setBackends({ [backend]: {} });
    await old.api.ensureRunning();
    await runInDurableObject(monitor.stub, (_, { storage }) => storage.deleteAlarm());
    await old.tick();
    expect(await monitor.nextAlarmAt()).toBeGreaterThan(0);
    const left = await runInDurableObject(old.stub, async (_, { storage }) => [
      await storage.getAlarm(),
      ...storage.sql.exec("SELECT name FROM sqlite_schema WHERE name = 'target'"),
    ]);
    expect(left).toEqual([null]);
  });

  describe("survives", () => {
    it("eviction: failures of before count", async () => {
      await begin();
      become(ill);
      await runChecks(2);
      await evictDurableObject(monitor.stub);
      await runChecks(1);
      expect(await statusOf()).toBe("down");
    });

    it("eviction: verdicts that the table did not get are sent again", async () => {
      await begin();
      become(ill);
      const report = vi.spyOn(RoutingTable.prototype, "report").mockRejectedValue(new Error("unreachable"));
      await runChecks(3);
      expect(await statusOf()).toBe("up");
      await evictDurableObject(monitor.stub);
      report.mockRestore();
      await monitor.tick();
      expect(await statusOf()).toBe("down");
    });

    it("a table that cannot be reached: it probes on, and reports later", async () => {
      await begin();
      const snapshot = vi.spyOn(RoutingTable.prototype, "snapshot").mockRejectedValue(new Error("unreachable"));
      const report = vi.spyOn(RoutingTable.prototype, "report").mockRejectedValue(new Error("unreachable"));
      become(ill);
      const before = checks();
      await monitor.run(30_000);
      expect(checks() - before).toBeGreaterThanOrEqual(4);
      expect(await statusOf()).toBe("up");
      snapshot.mockRestore();
      report.mockRestore();
      await monitor.run(6000);
      expect(await statusOf()).toBe("down");
    });

    it("a table that does not answer", async () => {
      await begin();
      vi.spyOn(RoutingTable.prototype, "snapshot").mockImplementation(() => new Promise(() => {}));
      const before = checks();
      await monitor.run(20_000);
      expect(checks() - before).toBeGreaterThanOrEqual(2);
    });

    it("exceptions: it tries again with growing pauses, and goes on once the cause is gone", async () => {
      await begin();
      const rename = (from: string, to: string) =>
        runInDurableObject(
          monitor.stub,
          (_, { storage }) => void storage.sql.exec(`ALTER TABLE ${from} RENAME TO ${to}`),
        );
      const pauses = async (count: number) => {
        const pausesMs: number[] = [];
        for (let i = 0; i < count; i++) {
          await monitor.tick();
          pausesMs.push((await monitor.nextAlarmAt()) - Date.now());
        }
        return pausesMs;
      };
      await rename("target", "hidden");
      expect(await pauses(8)).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
      await rename("hidden", "target");
      become(ill);
      await monitor.runUntil(async () => (await statusOf()) === "down");
      await rename("target", "hidden");
      expect(await pauses(2)).toEqual([1000, 2000]);
    });

    it("a run that breaks off: the retry sets the next alarm before it begins", async () => {
      await begin();
      const during: (number | null)[] = [];
      await runInDurableObject(monitor.stub, async (instance: HealthMonitor, state) => {
        become(async () => {
          during.push(await state.storage.getAlarm());
          return new Response();
        });
        await state.storage.deleteAlarm();
        vi.setSystemTime(Date.now() + 20_000);
        await instance.alarm({ isRetry: true, retryCount: 6, scheduledTime: Date.now() });
      });
      expect(during[0]).toBe(Date.now() + 30_000);
    });
  });

  describe("probes", () => {
    const many = Array.from({ length: 20 }, (_, i) => backendIdSchema.parse(`node-${i}`));

    it("at most six at a time", async () => {
      let running = 0;
      let most = 0;
      for (const id of many) {
        become(async (request) => {
          most = Math.max(most, ++running);
          // Whoever could run beside this one gets the chance to.
          for (let turns = 0; turns < 20; turns++) await Promise.resolve();
          running -= 1;
          return well(request);
        }, id);
      }
      await setBackends(Object.fromEntries(many.map((id) => [id, {}])));
      await monitor.api.ensureRunning();
      await monitor.tick();
      vi.setSystemTime(Date.now() + 5000);
      await monitor.tick();
      expect(most).toBe(6);
      expect(Object.keys(await verdicts())).toHaveLength(20);
    });

    it("not in one burst, and reports each once", async () => {
      for (const id of many) become(well, id);
      await setBackends(Object.fromEntries(many.map((id) => [id, {}])));
      await monitor.api.ensureRunning();
      await monitor.run(20_000);
      const report = vi.spyOn(RoutingTable.prototype, "report");
      const seconds = new Map<number, number>();
      const end = Date.now() + 10_000;
      while ((await monitor.nextAlarmAt()) <= end) {
        const before = nodes.current.requests.length;
        await monitor.tick();
        const second = Math.floor(Date.now() / 1000);
        seconds.set(second, (seconds.get(second) ?? 0) + (nodes.current.requests.length - before) / 2);
      }
      expect([...seconds.values()].reduce((sum, count) => sum + count, 0)).toBe(20);
      expect(Math.max(...seconds.values())).toBeLessThanOrEqual(6);
      // Those checked in these ten seconds, and those of the five before that still waited.
      const reported = report.mock.calls.flatMap(([reports]) => reports).length;
      expect(reported).toBeGreaterThanOrEqual(10);
      expect(reported).toBeLessThanOrEqual(30);
    });

    it("urgent ones first, and none after its time is up", async () => {
      await begin();
      for (const id of many) become(well, id);
      await setBackends(Object.fromEntries(many.map((id) => [id, {}])));
      await monitor.api.ensureRunning();
      await monitor.run(3000);
      become(ill);
      await runChecks(1);
      for (const id of many) {
        become((request) => {
          // Each takes a second of the objects' clock.
          vi.setSystemTime(Date.now() + 1000);
          return well(request);
        }, id);
      }
      vi.setSystemTime(Date.now() + 10_000);
      nodes.current.requests.length = 0;
      await monitor.tick();
      expect(nodes.current.requests[0]?.url).toBe(`${originOf(backend)}/healthz`);
      const probed = nodes.current.requests.filter(({ url }) => url.endsWith("/healthz")).length;
      expect(probed).toBeGreaterThan(1);
      expect(probed).toBeLessThan(many.length);
    });
  });
});
