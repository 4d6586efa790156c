import { carryOut, type StagePorts } from "../../../src/failover/carry-out.ts";
import type { RegionSigns } from "../../../src/failover/gate.ts";
import { lookAfter, retarget } from "../../../src/failover/look-after.ts";
import {
  beginStage,
  endStage,
  type FailoverRecord,
  isOver,
  newRecord,
  plannedFailovers,
  rollBack,
} from "../../../src/failover/record.ts";
import { type FailoverWorker, runFailover, type StepRunner } from "../../../src/failover/run.ts";
import { worldPopulation } from "../../../src/simulation/world.ts";
import type { BackendId } from "../../../src/table/backend.ts";
import type { Failover } from "../../../src/table/failover.ts";
import { sectionNames } from "../../../src/table/table.ts";
import type { Vote } from "../../../src/table/verdict.ts";
import { FakeRoutingTable } from "../../fakes/routing-table.ts";
import { REGIONS, testTable } from "../../fakes/world.ts";

const START = Date.UTC(2030, 0, 1);
const SECOND = 1000;
const RETARGET_EVERY_SECONDS = 5;
const VANTAGES = ["weur", "enam", "apac"] as const;

/** Failovers of a world of thirteen regions, written down as they happen. Time passes only when told to. */
export class Story implements FailoverWorker {
  readonly lines: string[] = [];
  readonly signs = new Map<string, RegionSigns>();
  /** Regions whose nodes do not answer when asked. */
  readonly silent = new Set<string>();
  #now = START;
  readonly #table = new FakeRoutingTable(() => this.#now);
  readonly #records = new Map<string, FailoverRecord>();
  readonly #entries = new Map<string, string>();

  readonly #ports: StagePorts = {
    table: () => this.#table.read(),
    clients: async () => ({ rows: worldPopulation("api"), requestsPerSecond: null }),
    planned: (id) => plannedFailovers(this.#records.values(), id),
    lagMs: async () => new Map(),
    signs: async () => this.signs,
    shift: (shift) => this.#table.setFailover(shift),
    answers: async (_, region) => !this.silent.has(region),
    now: () => this.#now,
  };

  static async begun(): Promise<Story> {
    const story = new Story();
    const table = testTable();
    const patch = Object.fromEntries(sectionNames.map((name) => [name, Object.fromEntries(table[name])]));
    const actor = { principal: "test", requestId: "test" };
    const applied = await story.#table.apply(patch, { actor, summary: "test", ifEpoch: null });
    if (!applied.ok) throw new Error(JSON.stringify(applied.error));
    await story.recover(...REGIONS);
    story.lines.length = 0;
    return story;
  }

  async die(...regions: readonly string[]): Promise<void> {
    this.#tell(`${regions.join(", ")} down`);
    await this.#report("down", regions);
  }

  async recover(...regions: readonly string[]): Promise<void> {
    this.#tell(`${regions.join(", ")} up`);
    await this.#report("up", regions);
  }

  /** By three vantages, so that nobody doubts it. */
  async #report(status: Vote["status"], regions: readonly string[]): Promise<void> {
    const at = { since: this.#now, recoveredAt: null, checkedAt: this.#now };
    const said = { status, ...at, latencyMs: 1, load: null, detail: "test", confirming: false };
    const reports = VANTAGES.flatMap((vantage) =>
      regions.map((region) => ({ backend: `${region}-a` as BackendId, vote: { ...said, vantage } })),
    );
    await this.#table.report(reports);
  }

  async request(from: string): Promise<void> {
    const trigger = { kind: "checks", since: this.#now, detail: "its one backend is down" } as const;
    const order = { id: `failover-${this.#records.size + 1}`, from, to: null, trigger, reason: trigger.detail };
    this.#records.set(order.id, newRecord({ ...order, requestedBy: "failover", requestedAt: this.#now, force: false }));
    await runFailover(
      order.id,
      this,
      this.#steps(0, () => undefined),
    );
  }

  /** The same, with whoever carries it out dying after each step, and a new one beginning at the first. */
  async requestAmongCrashes(from: string): Promise<void> {
    const trigger = { kind: "checks", since: this.#now, detail: "its one backend is down" } as const;
    const order = { id: `failover-${this.#records.size + 1}`, from, to: null, trigger, reason: trigger.detail };
    this.#records.set(order.id, newRecord({ ...order, requestedBy: "failover", requestedAt: this.#now, force: false }));
    for (let lives = 1; lives <= 6; lives++) {
      const { promise: death, resolve: die } = Promise.withResolvers<void>();
      await Promise.race([runFailover(order.id, this, this.#steps(lives, die)), death]);
    }
  }

  async pass(seconds: number): Promise<void> {
    for (let i = 0; i < seconds; i++) {
      this.#now += SECOND;
      for (const record of this.#records.values()) {
        if (isOver(record) || record.status === "running") continue;
        const looked = await lookAfter(record, this.#ports);
        const mayRetarget = looked === record && i % RETARGET_EVERY_SECONDS === 0;
        const next = mayRetarget ? await retarget(record, this.#ports) : looked;
        this.#records.set(record.id, next);
        const event = next.events.at(-1);
        if (next.events.length > record.events.length && event) this.#tell(`${record.from}: ${event.detail}`);
      }
      await this.#tellTable();
    }
  }

  advance: FailoverWorker["advance"] = async (id, stage) => {
    const before = this.#record(id);
    if (before.status !== "running") return { kind: "over" };
    const record = beginStage(before, stage, this.#now);
    this.#records.set(id, record);
    if (record.stages.some((each) => each.stage === stage && each.outcome === "done")) return { kind: "done" };
    const result = await carryOut(record, stage, this.#ports);
    if (result.kind === "waiting") return result;
    const { kind: outcome, ...rest } = result;
    this.#records.set(id, endStage(record, stage, { outcome, ...rest }, this.#now));
    this.#tell(`${record.from}: ${stage} ${outcome}: ${result.detail}`);
    await this.#tellTable();
    return result.kind === "done" ? { kind: "done" } : result;
  };

  abandon: FailoverWorker["abandon"] = async (id, failure) => {
    const record = this.#record(id);
    const held = (await this.#table.read()).failovers.get(record.from);
    if (held?.id === id)
      await this.#table.setFailover({ region: record.from, next: null, expected: { id, phase: held.phase } });
    this.#records.set(id, rollBack(record, failure, this.#now));
    this.#tell(`${record.from}: rolled back: ${failure}`);
    await this.#tellTable();
  };

  /** Dies after so many steps; 0 is never. */
  #steps(lifeSpan: number, die: () => void): StepRunner {
    let steps = 0;
    return {
      run: async (_, body) => {
        const standing = await body();
        this.#now += SECOND;
        if (++steps !== lifeSpan) return standing;
        die();
        // Whoever is dead does not go on.
        return new Promise<never>(() => undefined);
      },
      wait: async (_, ms) => {
        this.#now += ms;
      },
    };
  }

  #record(id: string): FailoverRecord {
    return this.#records.get(id) as FailoverRecord;
  }

  async #tellTable(): Promise<void> {
    const { failovers } = await this.#table.read();
    for (const region of new Set([...this.#entries.keys(), ...failovers.keys()])) {
      const words = entryWords(failovers.get(region));
      if (this.#entries.get(region) !== words) this.#tell(`  table: ${region} ${words}`);
      this.#entries.set(region, words);
    }
  }

  #tell(words: string): void {
    this.lines.push(`${((this.#now - START) / SECOND).toFixed(0).padStart(5)} s  ${words}`);
  }
}

function entryWords(failover: Failover | undefined): string {
  if (!failover) return "as the policy says";
  const targets = failover.targets.map(({ region, share }) => `${region} ${Math.round(share * 100)} %`).join(", ");
  return `${failover.phase}, keeps ${failover.percent} %, the rest to ${targets}`;
}
