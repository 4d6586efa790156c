import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type {
  ApplyOptions,
  RoutingTableApi,
  SnapshotReply,
  TablePatch,
} from "../../../durable-objects/routing-table/api.ts";
import { seedTable } from "../../../src/seed/seed.ts";
import { followTable } from "../../../src/table/follow.ts";
import { FRAME_VERSION } from "../../../src/table/frame.ts";
import type { PublishedTable } from "../../../src/table/table.ts";
import type { Scope } from "../../../src/table/update.ts";
import { type Vote, type VoteReport, voteReportSchema } from "../../../src/table/verdict.ts";

export const seed = seedTable({
  "use1-a": { region: "us-east-1", url: "http://127.0.0.1:1" },
  "use1-b": { region: "us-east-1", url: "http://127.0.0.1:1" },
  "euw1-a": { region: "eu-west-1", url: "http://127.0.0.1:1" },
});

export const by = (principal: string, ifEpoch: number | null = null): ApplyOptions => ({
  actor: { principal, requestId: `request-of-${principal}` },
  summary: `what ${principal} did`,
  ifEpoch,
});

export const weight = (value: number, region = "us-east-1") => ({ regions: { [region]: { weight: value } } });

export const ban = (expiresAt: number | null) => ({ reason: "flood", createdAt: 1, expiresAt });

/** One routing table. Names keep the tests of a file apart, which share storage. */
export class World {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  // Made anew each time: a stub that has seen its object go stays broken.
  get stub() {
    return env.ROUTING_TABLE.getByName(this.name);
  }

  get api(): RoutingTableApi {
    return this.stub;
  }

  static async seeded(name: string): Promise<World> {
    const world = new World(name);
    await world.apply(seed, "seeder");
    return world;
  }

  /** Applies a patch that nothing speaks against, and gives the epoch. */
  async apply(patch: TablePatch, principal = "alice"): Promise<number> {
    const applied = await this.api.apply(patch, by(principal));
    if (!applied.ok) throw new Error(JSON.stringify(applied.error));
    return applied.value.epoch;
  }

  /** What the table answers one who holds this epoch. */
  async ask(have: number | null, scope: Scope = "rules"): Promise<SnapshotReply> {
    return this.api.snapshot({ reads: [FRAME_VERSION], scope, have });
  }

  /** The published table, from the one that is held by what has changed since. */
  async published(held: PublishedTable | null = null): Promise<PublishedTable> {
    const read = await followTable(
      (request) => this.api.snapshot(request),
      held,
      "rules",
      async () => undefined,
    );
    if (!read.ok) throw new Error(read.error);
    return read.value;
  }

  async epoch(): Promise<number> {
    return (await this.api.status()).epoch;
  }

  async weightOf(region = "us-east-1"): Promise<number | undefined> {
    return (await this.published()).table.regions.get(region)?.weight;
  }

  async runAlarm(): Promise<void> {
    await runDurableObjectAlarm(this.stub);
  }

  async count(table: string): Promise<number> {
    return runInDurableObject(
      this.stub,
      (_, { storage }) => storage.sql.exec<{ n: number }>(`SELECT COUNT(*) AS n FROM ${table}`).one().n,
    );
  }

  async exec(sql: string, ...values: (string | number)[]): Promise<void> {
    await runInDurableObject(this.stub, (_, { storage }) => void storage.sql.exec(sql, ...values));
  }
}

export function report(backend: string, vote: Partial<Vote>): VoteReport {
  const whole = {
    status: "up",
    since: 1000,
    checkedAt: 1000,
    latencyMs: 5,
    load: null,
    recoveredAt: null,
    vantage: "weur",
    detail: "200",
    ...vote,
  };
  return voteReportSchema.parse({ backend, vote: whole });
}
