import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, vi } from "vitest";
import { healthMonitor, routingTable } from "../../../durable-objects/stubs.ts";
import type { Vantage } from "../../../src/table/region.ts";
import type { Verdict } from "../../../src/table/verdict.ts";
import { nextAlarmAt, runAlarms, tick } from "../alarms.ts";

/**
 * A time that the runtime's own clock does not reach, so that no alarm fires by itself: tests run each one when
 * the objects' clock says that it is due.
 */
const start = Date.UTC(2100, 0, 1);

const region = {
  name: "Virginia",
  country: "US",
  latitude: 38.95,
  longitude: -77.45,
  nodes: 1,
  connections: 1000,
  zones: 3,
  locationHint: "enam",
};

export const originOf = (backend: string) => `http://${backend}.test`;

/** The table's backends, each in the one region. `null` removes one. */
export async function setBackends(backends: Readonly<Record<string, object | null>>): Promise<void> {
  const sections = Object.entries(backends).map(([id, changed]) => [
    id,
    changed && { region: "us-east-1", url: originOf(id), ...changed },
  ]);
  const applied = await routingTable(env).apply(
    { regions: { "us-east-1": region }, backends: Object.fromEntries(sections) },
    { actor: { principal: "test", requestId: "test" }, summary: "test", ifEpoch: null },
  );
  expect(applied).toMatchObject({ ok: true });
}

export async function verdicts(): Promise<Record<string, Verdict>> {
  return Object.fromEntries((await routingTable(env).verdicts()).verdicts);
}

/** One monitor, whose alarms are run by hand. */
export class Monitor {
  readonly name: Vantage;

  constructor(name: Vantage) {
    this.name = name;
  }

  get stub() {
    return env.HEALTH_MONITOR.getByName(this.name);
  }

  get api() {
    return healthMonitor(env, this.name);
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

  async runUntil(condition: () => boolean | Promise<boolean>, maxTicks = 100): Promise<void> {
    for (let i = 0; i < maxTicks; i++) {
      if (await condition()) return;
      await this.tick();
    }
    throw new Error(`not so after ${maxTicks} alarms`);
  }
}

/** Only the objects' clock is faked; timeouts run in real time. */
export function useFakeClock(): void {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"], now: start });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
}
