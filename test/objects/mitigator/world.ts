import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, vi } from "vitest";
import { mitigator, routingTable } from "../../../durable-objects/stubs.ts";
import { seedTable } from "../../../src/seed/seed.ts";
import type { AttackReport, Breach } from "../../../src/shield/attack.ts";
import { followTable } from "../../../src/table/follow.ts";
import type { PublishedTable } from "../../../src/table/table.ts";
import { floodReport } from "../../unit/shield/reports.ts";
import { nextAlarmAt, runAlarms, tick } from "../alarms.ts";

/** A time that the runtime's own clock does not reach, so that no alarm fires by itself: tests run each one. */
const start = Date.UTC(2100, 0, 1);

/** A mitigator and a table with one service, whose alarms are run by hand. */
export class World {
  get stub() {
    return env.MITIGATOR.getByName("global");
  }

  get api() {
    return mitigator(env);
  }

  nextAlarmAt(): Promise<number> {
    return nextAlarmAt(this.stub);
  }

  tick(): Promise<void> {
    return tick(this.stub);
  }

  run(forMs: number): Promise<void> {
    return runAlarms(this.stub, forMs);
  }

  async apply(patch: Readonly<Record<string, unknown>>): Promise<void> {
    const options = { actor: { principal: "test", requestId: "test" }, summary: "test", ifEpoch: null };
    expect(await routingTable(env).apply(patch, options)).toMatchObject({ ok: true });
  }

  async table(): Promise<PublishedTable> {
    const pause = async () => undefined;
    const read = await followTable((request) => routingTable(env).snapshot(request), null, "shield", pause);
    if (!read.ok) throw new Error(read.error);
    return read.value;
  }

  async blacklist() {
    return Object.fromEntries((await this.table()).table.blacklist);
  }

  /** Over the limit for three seconds until now. */
  breach(client: string, over: Partial<Breach> = {}): Promise<void> {
    const at = Date.now();
    return this.api.breached({
      limit: "per-client",
      client,
      at,
      seconds: 3,
      offered: 20_000,
      allowed: 10_000,
      ...over,
    });
  }

  flood(over: Partial<AttackReport> = {}): Promise<void> {
    return this.api.attacked(floodReport({ at: Date.now(), ...over }));
  }

  /** The same each second for a time, with what alarms do meanwhile. */
  async flooding(forMs: number, over: Partial<AttackReport> = {}): Promise<void> {
    const startedAt = Date.now();
    for (let past = 0; past < forMs; past += 1000) {
      await this.flood({ startedAt, ...over });
      await this.run(1000);
    }
  }

  /** Clients that were served well over a quarter of an hour. */
  async befriend(clients: readonly string[]): Promise<void> {
    for (const age of [900_000, 0]) await this.api.sighted(clients.map((client) => ({ client, at: Date.now() - age })));
  }

  async onlyAttack() {
    const [attack, ...others] = await this.api.attacks({ limit: 10, before: null, service: null, open: false });
    expect(others).toEqual([]);
    if (!attack) throw new Error("no attack is known");
    return attack;
  }
}

/** A fresh world for each test of a file; only the objects' clock is faked. */
export function useWorld(): { readonly current: World } {
  const world = { current: new World() };
  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: start });
    vi.spyOn(globalThis, "fetch").mockRejectedValue(new TypeError("Network connection lost."));
    world.current = new World();
    await world.current.apply(seedTable({ "eu-west-1-a": { region: "eu-west-1", url: "http://eu-west-1-a.test" } }));
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });
  return world;
}
