import { applyD1Migrations, evictDurableObject, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { failoverCoordinator, routingTable } from "../../../durable-objects/stubs.ts";
import { listIncidents } from "../../../src/adapters/d1/incidents.ts";
import { regionTransitions } from "../../../src/adapters/d1/region-transitions.ts";
import { REGION, rowsOf, useWorld } from "./world.ts";

const MINUTE_MS = 60_000;
const anything = { limit: 100, before: null, region: null, open: false };

describe("RegionWatch", () => {
  const world = useWorld();
  afterEach(async () => {
    await reset();
    await applyD1Migrations(env.DB, env.MIGRATIONS);
  });

  const historyOf = async (region = REGION) =>
    (await regionTransitions(env.DB, region, 0, 100)).map(({ from, to }) => `${from} → ${to}`).reverse();

  describe("by the verdicts on the backends", () => {
    it("holds a region that nothing is wrong with to be active", async () => {
      await world.current.judge(["up", "up"]);
      await world.current.run(MINUTE_MS);
      expect(await world.current.status()).toMatchObject({
        state: "active",
        reasons: [],
        backends: { up: 2, total: 2 },
      });
      expect(await historyOf()).toEqual([]);
    });

    it("degrades a region that has lost one of its backends", async () => {
      await world.current.judge(["up", "down"]);
      await world.current.tick();
      expect(await world.current.status()).toMatchObject({
        state: "degraded",
        reasons: [{ kind: "backends-down", down: 1, total: 2 }],
      });
    });

    it("fails one that has lost all, and says when it is healthy again", async () => {
      await world.current.judge(["down", "down"]);
      await world.current.tick();
      expect(await world.current.status()).toMatchObject({ state: "failed", trigger: { kind: "checks" } });
      vi.setSystemTime(Date.now() + 30_000);
      await world.current.judge(["up", "up"]);
      await world.current.tick();
      expect(await world.current.stateOf()).toBe("recovering");
      await world.current.run(70_000);
      expect(await world.current.stateOf()).toBe("active");
      expect(await historyOf()).toEqual([
        "active → degraded",
        "degraded → failed",
        "failed → recovering",
        "recovering → active",
      ]);
    });

    it("waits for the edges to agree where too few vantages say that all are down", async () => {
      await world.current.judge(["down", "down"], ["weur", "enam"]);
      await world.current.tick();
      expect(await world.current.stateOf()).toBe("degraded");
      const suspicions = ["a", "b"].map((letter) => ({ backend: `${REGION}-${letter}` as never, detail: "test" }));
      await routingTable(env).suspect(suspicions);
      await world.current.tick();
      expect(await world.current.status()).toMatchObject({ state: "failed", trigger: { kind: "checks" } });
    });

    it("looks every second while anything is unusual, and else every five", async () => {
      await world.current.judge(["up", "up"]);
      await world.current.tick();
      expect((await world.current.nextAlarmAt()) - Date.now()).toBe(5000);
      await world.current.judge(["up", "down"]);
      await world.current.tick();
      expect((await world.current.nextAlarmAt()) - Date.now()).toBe(1000);
    });

    it.each(["maintenance", "draining"] as const)("leaves a region in %s, whatever fails there", async (state) => {
      await world.current.apply({ regions: { [REGION]: { state } } });
      await world.current.judge(["down", "down"]);
      await world.current.run(MINUTE_MS);
      expect(await world.current.status()).toMatchObject({ state, reasons: [{ kind: "set", state }] });
      expect(await listIncidents(env.DB, anything)).toEqual([]);
    });
  });

  describe("by what the edges tell", () => {
    /** Tells the same every second for a time. */
    async function telling(forMs: number, answers: number, failures: number, ms = 40) {
      for (let told = 0; told < forMs; told += 1000) {
        await world.current.tell(rowsOf(answers, failures, ms), failures > 0);
        await world.current.run(1000);
      }
    }

    it("fails a region of whose requests too many fail for a minute", async () => {
      await telling(55_000, 90, 10);
      expect(await world.current.stateOf()).toBe("degraded");
      await telling(10_000, 90, 10);
      const { state, trigger, errorRate } = await world.current.status();
      expect([state, trigger?.kind]).toEqual(["failed", "errors"]);
      expect(errorRate).toBeCloseTo(0.1, 2);
    });

    it("fails one that is too slow for two minutes", async () => {
      await telling(115_000, 100, 0, 900);
      expect(await world.current.stateOf()).toBe("degraded");
      await telling(10_000, 100, 0, 900);
      expect(await world.current.status()).toMatchObject({ state: "failed", trigger: { kind: "latency" } });
    });

    it("does not fail one for few requests", async () => {
      await telling(90_000, 0, 2);
      expect(await world.current.stateOf()).toBe("active");
    });

    it("goes on with what it has timed where a restart has broken it off", async () => {
      await telling(45_000, 90, 10);
      await evictDurableObject(world.current.stub);
      await telling(20_000, 90, 10);
      expect(await world.current.stateOf()).toBe("failed");
    });

    it("counts a batch once, before and after a restart", async () => {
      const batch = { sender: "FRA", sequence: 7, rows: rowsOf(10), urgent: false };
      await world.current.api.telemetry("FRA", batch);
      await world.current.api.telemetry("FRA", batch);
      expect((await world.current.status()).requests).toBe(10);
      await evictDurableObject(world.current.stub);
      await world.current.api.telemetry("FRA", batch);
      expect((await world.current.status()).requests).toBe(10);
      await world.current.api.telemetry("CDG", batch);
      expect((await world.current.status()).requests).toBe(20);
    });

    it("passes over what is no batch", async () => {
      await world.current.api.telemetry("FRA", { sequence: "x" } as never);
      await world.current.api.telemetry("FRA", {
        sender: "a",
        sequence: 1,
        urgent: false,
        rows: [{ region: "<" }],
      } as never);
      expect((await world.current.status()).requests).toBe(0);
    });
  });

  describe("an incident", () => {
    it("is opened with its cause and evidence, and closed when the region is active again", async () => {
      const warn = vi.spyOn(console, "warn").mockReturnValue();
      await world.current.judge(["down", "down"]);
      await world.current.tick();
      const [open] = await listIncidents(env.DB, { ...anything, open: true });
      expect(open).toMatchObject({
        region: REGION,
        cause: { kind: "checks", detail: "all 2 backends are down" },
        evidence: { backends: { up: 0, total: 2 } },
        closedAt: null,
      });
      await world.current.judge(["up", "up"]);
      await world.current.run(70_000);
      const [closed] = await listIncidents(env.DB, anything);
      expect(closed?.id).toBe(open?.id);
      expect(closed?.closedAt).not.toBeNull();
      expect(closed?.actions.map(({ what }) => what)).toEqual([
        "the region is failed: all 2 backends are down; 2 of 2 backends are down",
        "no failover was asked for: it is not automatic here",
        "the region is recovering",
        "the region is active",
      ]);
      expect(await listIncidents(env.DB, { ...anything, open: true })).toEqual([]);
      const about = { event: "incident", id: open?.id, region: REGION };
      expect(warn.mock.calls.map(([line]) => JSON.parse(line))).toMatchObject([
        { ...about, kind: "incident-opened", text: `${REGION} has failed: all 2 backends are down` },
        { ...about, kind: "incident-closed", text: `${REGION}: the region is active` },
      ]);
    });

    it("says what has become of the failover that was asked for, once while it is the same", async () => {
      // Of two regions, one may be failed over; of one, none.
      await world.current.apply({
        regions: { [REGION]: { failover: { automatic: true } }, "us-east-1": null },
        backends: { "us-east-1-a": null, "us-east-1-b": null },
      });
      await world.current.judge(["down", "down"]);
      await world.current.run(MINUTE_MS);
      const [incident] = await listIncidents(env.DB, anything);
      expect(incident?.actions.map(({ what }) => what).slice(1)).toEqual([
        "failover refused: 0 regions are failed over, and 0 may be without a person",
      ]);
    });

    it("asks for no failover where none is to be automatic", async () => {
      await world.current.judge(["down", "down"]);
      await world.current.run(MINUTE_MS);
      expect(await failoverCoordinator(env).list(10)).toEqual([]);
    });

    it("outlives a restart and D1 being down", async () => {
      vi.spyOn(console, "warn").mockImplementation(() => undefined);
      await env.DB.exec("ALTER TABLE incident RENAME TO incident_gone");
      await world.current.judge(["down", "down"]);
      await world.current.run(10_000);
      await evictDurableObject(world.current.stub);
      await world.current.judge(["up", "up"]);
      await world.current.run(70_000);
      expect(await historyOf()).toEqual([]);
      await env.DB.exec("ALTER TABLE incident_gone RENAME TO incident");
      await world.current.run(6 * MINUTE_MS);
      expect(await historyOf()).toHaveLength(4);
      expect(await listIncidents(env.DB, anything)).toMatchObject([{ region: REGION, closedAt: expect.any(Number) }]);
    });

    it("ends with its region", async () => {
      await world.current.judge(["down", "down"]);
      await world.current.tick();
      await world.current.apply({
        regions: { [REGION]: null },
        backends: { [`${REGION}-a`]: null, [`${REGION}-b`]: null },
      });
      await world.current.run(10_000);
      const [incident] = await listIncidents(env.DB, anything);
      expect(incident?.actions.at(-1)?.what).toBe("the region has been removed");
      expect(incident?.closedAt).not.toBeNull();
    });
  });
});
