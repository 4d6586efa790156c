import { env } from "cloudflare:workers";
import { afterEach, beforeEach, vi } from "vitest";
import { failoverCoordinator, routingTable } from "../../../durable-objects/stubs.ts";
import type { FailoverRecord } from "../../../src/failover/record.ts";
import { seedTable } from "../../../src/seed/seed.ts";
import type { Failovers } from "../../../src/table/failover.ts";
import type { PublishedTable } from "../../../src/table/table.ts";
import type { Vote } from "../../../src/table/verdict.ts";
import { eventually } from "../eventually.ts";

export const REGIONS = ["us-east-1", "us-west-2", "ca-central-1", "eu-west-1"] as const;

const seed = seedTable(
  Object.fromEntries(REGIONS.map((region) => [`${region}-a`, { region, url: `http://${region}.test` }])),
);

/** The one coordinator over a table of four regions, whose nodes are in place of the network. */
export class World {
  /** Regions whose nodes do not answer. */
  readonly silent = new Set<string>();

  get stub() {
    return env.FAILOVER_COORDINATOR.getByName("global");
  }

  get api() {
    return failoverCoordinator(env);
  }

  async apply(patch: object): Promise<void> {
    const actor = { principal: "test", requestId: "test" };
    const applied = await routingTable(env).apply({ ...patch }, { actor, summary: "test", ifEpoch: null });
    if (!applied.ok) throw new Error(JSON.stringify(applied.error));
  }

  async seeded(): Promise<void> {
    await this.apply(seed);
    // Nothing but what a test does begins one.
    const manual = { failover: { automatic: false } };
    await this.apply({ regions: Object.fromEntries(REGIONS.map((region) => [region, manual])) });
    await this.report("up", ...REGIONS);
  }

  /** By three vantages, so that nobody doubts it. */
  async report(status: Vote["status"], ...regions: readonly string[]): Promise<void> {
    const now = Date.now();
    const said = { status, since: now, recoveredAt: null, checkedAt: now, latencyMs: 1, load: null, detail: "test" };
    await routingTable(env).report(
      (["weur", "enam", "apac"] as const).flatMap((vantage) =>
        regions.map((region) => ({
          backend: `${region}-a` as never,
          vote: { ...said, vantage, confirming: false },
        })),
      ),
    );
  }

  async failovers(): Promise<Failovers> {
    return (await this.table()).failovers;
  }

  table(): Promise<PublishedTable> {
    return routingTable(env).read();
  }

  async find(id: string): Promise<FailoverRecord> {
    const record = await this.api.find(id);
    if (!record) throw new Error(`no failover ${id}`);
    return record;
  }

  /** Waits until the record of a failover is as wanted. */
  async until(id: string, wanted: (record: FailoverRecord) => boolean): Promise<FailoverRecord> {
    return eventually(async () => {
      const record = await this.find(id);
      if (!wanted(record)) throw new Error(`it is ${JSON.stringify(record, null, 1)}`);
      return record;
    });
  }
}

/** Nodes answer unless their region is silent. */
export function useNodes(world: World): void {
  beforeEach(() => {
    vi.spyOn(globalThis, "fetch").mockImplementation(async (input) => {
      const { hostname } = new URL(input instanceof Request ? input.url : String(input));
      if (world.silent.has(hostname.replace(/\.test$/, ""))) throw new TypeError("connection refused");
      return new Response("well");
    });
  });
  afterEach(() => {
    vi.restoreAllMocks();
    world.silent.clear();
  });
}
