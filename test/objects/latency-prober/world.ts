import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, vi } from "vitest";
import { latencyProber, routingTable } from "../../../durable-objects/stubs.ts";
import { type ProbeRequest, type ProbeResult, probeRequestSchema } from "../../../src/latency-matrix/probe-message.ts";
import { seedRegions } from "../../../src/seed/regions.ts";
import { nextAlarmAt, runAlarms, tick } from "../alarms.ts";
import { eventually } from "../eventually.ts";

/**
 * A time that the runtime's own clock does not reach, so that no alarm fires by itself: tests run each one. It is ten
 * seconds after the first region's turn.
 */
const start = Date.UTC(2100, 0, 1, 0, 0, 10);

export const REGIONS = ["eu-west-1", "us-east-1", "us-west-2"] as const;

/** How a node answers an order to measure. */
export type Answer = (order: ProbeRequest) => Response | Promise<Response>;

/** So many round trips of so many milliseconds to each target. */
export const finds =
  (ms: number): Answer =>
  ({ targets, count }) =>
    Response.json({
      results: targets.map(({ region }): ProbeResult => ({ region, samples: Array(count).fill(ms), lost: 0 })),
    });

interface Asked {
  readonly region: string;
  readonly order: ProbeRequest;
  readonly request: Request;
}

/** One prober over a table of three regions, whose nodes are in place of the network. */
export class World {
  readonly asked: Asked[] = [];
  readonly answers = new Map<string, Answer>();
  mostAtOnce = 0;
  #open = 0;

  get stub() {
    return env.LATENCY_PROBER.getByName("global");
  }

  get api() {
    return latencyProber(env);
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

  turnsOf(region: string): number {
    return this.asked.filter((each) => each.region === region).length;
  }

  /** Regions of the seed, each with one backend of its name; `null` removes one. */
  async setRegions(regions: Readonly<Record<string, object | null>>): Promise<void> {
    const backends = Object.entries(regions).map(([region, changed]) => [
      `${region}-a`,
      changed && { region, url: `http://${region}.test`, ...changed },
    ]);
    const known: Readonly<Record<string, object>> = seedRegions;
    const applied = await routingTable(env).apply(
      {
        regions: Object.fromEntries(Object.entries(regions).map(([id, changed]) => [id, changed && known[id]])),
        backends: Object.fromEntries(backends),
      },
      { actor: { principal: "test", requestId: "test" }, summary: "test", ifEpoch: null },
    );
    expect(applied).toMatchObject({ ok: true });
  }

  /** Regions beyond the seed's. */
  async setMadeUp(ids: readonly string[]): Promise<void> {
    const region = seedRegions["us-east-1"];
    const applied = await routingTable(env).apply(
      {
        regions: Object.fromEntries(ids.map((id) => [id, region])),
        backends: Object.fromEntries(ids.map((id) => [`${id}-a`, { region: id, url: `http://${id}.test` }])),
      },
      { actor: { principal: "test", requestId: "test" }, summary: "test", ifEpoch: null },
    );
    expect(applied).toMatchObject({ ok: true });
  }

  async fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    const request = new Request(input, init);
    const region = new URL(request.url).hostname.replace(".test", "");
    // The health monitor hears of the table too.
    if (!request.url.endsWith("/probe")) throw new TypeError("Network connection lost.");
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#open);
    const order = probeRequestSchema.parse(await request.clone().json());
    this.#open -= 1;
    this.asked.push({ region, order, request });
    const answer = this.answers.get(region);
    if (!answer) throw new TypeError("Network connection lost.");
    return answer(order);
  }
}

/** A fresh world for each test of a file; only the objects' clock is faked, timeouts run in real time. */
export function useWorld(): { readonly current: World } {
  const world = { current: new World() };
  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: start });
    world.current = new World();
    vi.spyOn(globalThis, "fetch").mockImplementation((input, init) => world.current.fetch(input, init));
    for (const region of REGIONS) world.current.answers.set(region, finds(10));
    await world.current.setRegions(Object.fromEntries(REGIONS.map((region) => [region, {}])));
    // The table tells of the change without waiting for who hears it.
    await eventually(() => world.current.nextAlarmAt());
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });
  return world;
}
