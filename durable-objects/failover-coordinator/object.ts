import { DurableObject } from "cloudflare:workers";
import { err, ok, type Result } from "../../src/base/result.ts";
import { accept, carryOut, type StagePorts } from "../../src/failover/carry-out.ts";
import { admitFailover } from "../../src/failover/fence.ts";
import { lookAfter, retarget } from "../../src/failover/look-after.ts";
import type { FailoverPlan } from "../../src/failover/plan.ts";
import {
  addEvent,
  beginStage,
  endStage,
  type FailoverOrder,
  type FailoverRecord,
  newRecord,
  plannedFailovers,
  rollBack,
} from "../../src/failover/record.ts";
import type { StageStanding } from "../../src/failover/run.ts";
import { type SelectionRefusal, select } from "../../src/failover/select.ts";
import { type Stage, stages } from "../../src/failover/stage.ts";
import { failedOver, verifyTable } from "../../src/failover/verify.ts";
import { followTable } from "../../src/table/follow.ts";
import type { PublishedTable } from "../../src/table/table.ts";
import type { Env } from "../../workers/env.ts";
import { regionWatch, routingTable } from "../stubs.ts";
import { withTimeout } from "../with-timeout.ts";
import type * as api from "./api.ts";
import { askRegion } from "./ask-region.ts";
import { readClients } from "./clients.ts";
import { Records } from "./records.ts";

/** Of the regions, how many may be failed over by themselves, percent. */
const DEFAULT_CAP_PERCENT = 50;
/** How often open failovers are looked after. */
const TICK_MS = 1000;
/** A failover that has not got through its stages by then is undone: whatever carried it out has died. */
const MAX_RUN_MS = 180_000;
/** A failover of which nothing was heard for so long is carried on here: its workflow has died, or never begun. */
const STALLED_MS = 8000;
/** To choose targets anew takes a while. */
const RETARGET_PAUSE_MS = 5000;
const TABLE_TIMEOUT_MS = 5000;
const WATCH_TIMEOUT_MS = 2000;
const MAX_LISTED = 500;

/**
 * Each call reads and writes records without waiting between, so that calls cannot undo one another; what is waited for
 * in the meantime may have changed everything, and is looked at again. Workflows carry the stages out; the alarm carries
 * on those whose workflow has died, and brings traffic back.
 */
export class FailoverCoordinator extends DurableObject<Env> implements api.FailoverCoordinatorApi {
  readonly #records = new Records(this.ctx.storage.sql);
  #table: PublishedTable | null = null;
  /** When a failover was last carried on, and when its targets were looked at. */
  readonly #advancedAt = new Map<string, number>();
  readonly #retargetedAt = new Map<string, number>();

  readonly #ports: StagePorts = {
    table: () => this.#readTable(),
    clients: (published) => readClients(this.env.DB, published.table, Date.now()),
    planned: (id) => plannedFailovers(this.#records.open(), id),
    // Nothing tells it yet: every region's data count as fresh.
    lagMs: async () => new Map(),
    signs: async () => {
      const statuses = await withTimeout(regionWatch(this.env).status(), WATCH_TIMEOUT_MS);
      return new Map(statuses.map((status) => [status.region, status]));
    },
    shift: (shift) => routingTable(this.env).setFailover(shift),
    answers: askRegion,
    now: () => Date.now(),
  };

  async request({ region, trigger }: api.FailoverRequest): ReturnType<api.FailoverCoordinatorApi["request"]> {
    const { table } = await this.#readTable();
    const admitted = admitFailover(region, trigger.kind, this.#records.all(), new Set(table.regions.keys()), this.#cap);
    if (!admitted.ok) return admitted;
    const requestedBy = "failover";
    return ok(
      await this.#begin({ from: region, to: null, trigger, reason: trigger.detail, requestedBy, force: false }),
    );
  }

  async plan(from: string, to: string | null): Promise<Result<FailoverPlan, SelectionRefusal>> {
    const published = await this.#readTable();
    const [clients, lagMs] = await Promise.all([this.#ports.clients(published), this.#ports.lagMs()]);
    return select({ published, from, to, clients, lagMs, now: Date.now() });
  }

  async start(wish: api.FailoverWish): Promise<Result<FailoverRecord, api.StartRefusal>> {
    const { from, to, reason, requestedBy, force } = wish;
    const selected = accept(await this.plan(from, to), force);
    if (!selected.ok) return selected;
    if (selected.value.stranded > 0 && !force) return err({ kind: "strands", plan: selected.value });
    const { table } = await this.#readTable();
    const admitted = admitFailover(from, "manual", this.#records.all(), new Set(table.regions.keys()), this.#cap);
    if (!admitted.ok) return admitted;
    const trigger = { kind: "manual", since: Date.now(), detail: `asked for by ${requestedBy}` } as const;
    return ok(await this.#begin({ from, to, trigger, reason, requestedBy, force }));
  }

  async list(limit: number): Promise<readonly FailoverRecord[]> {
    const size = limit >= 1 ? Math.min(Math.trunc(limit), MAX_LISTED) : 1;
    return this.#records.all().toReversed().slice(0, size);
  }

  async find(id: string): Promise<FailoverRecord | null> {
    return this.#records.find(id);
  }

  async failback(id: string): Promise<Result<FailoverRecord, api.FailbackRefusal>> {
    const record = this.#records.find(id);
    if (!record) return err({ kind: "unknown-failover" });
    const { status, failback } = record;
    if (status === "failing-back") return ok(record);
    if (status !== "failed-over" || failback.kind !== "holding") return err({ kind: "not-failed-over", status });
    if (failback.approvedAt !== null) return ok(record);
    const now = Date.now();
    const approved = { ...record, failback: { ...failback, approvedAt: now } };
    this.#records.put(addEvent(approved, "may come back as soon as it is healthy", now));
    await this.ensureRunning();
    return ok(this.#records.find(id) ?? approved);
  }

  async verify(region: string): Promise<api.Verification> {
    const published = await this.#readTable();
    const failed = failedOver(published.failovers, region);
    const failovers = failed.flatMap((from) => published.failovers.get(from) ?? []);
    if (failovers.length === 0) return { failover: null, checks: [] };
    const { rows } = await this.#ports.clients(published);
    const now = Date.now();
    const targets = new Set(failovers.flatMap((failover) => failover.targets.map((target) => target.region)));
    const asked = [...targets].map(async (target) => {
      const isWell = await askRegion(published, target);
      return { name: target, ok: isWell, detail: isWell ? "answers" : "does not answer" };
    });
    const seen = failed.flatMap((from) => verifyTable(published, from, rows, now));
    const checks = [...seen, ...(await Promise.all(asked))];
    return { failover: failovers[0]?.id ?? null, checks };
  }

  async advance(id: string, stage: Stage): Promise<StageStanding> {
    this.#advancedAt.set(id, Date.now());
    const record = this.#update(id, (before) => beginStage(before, stage, Date.now()));
    if (!record || record.status === "rolled-back") return { kind: "over" };
    const before = record.stages.find((each) => each.stage === stage);
    if (before?.outcome === "done") return { kind: "done" };
    if (before?.outcome === "failed") return { kind: "failed", detail: before.detail };
    const result = await carryOut(record, stage, this.#ports);
    if (result.kind === "waiting") return result;
    const { kind: outcome, ...rest } = result;
    const after = this.#update(id, (now) => endStage(now, stage, { outcome, ...rest }, Date.now()));
    if (!after) return { kind: "over" };
    return result.kind === "done" ? { kind: "done" } : result;
  }

  async abandon(id: string, failure: string): Promise<void> {
    const record = this.#records.find(id);
    if (record?.status !== "running") return;
    const held = (await this.#readTable()).failovers.get(record.from);
    if (held?.id === id) {
      const ended = await this.#ports.shift({ region: record.from, next: null, expected: { id, phase: held.phase } });
      if (!ended.ok) throw new Error(`the failover of ${record.from} cannot be undone: ${ended.error.kind}`);
    }
    this.#update(id, (before) => rollBack(before, failure, Date.now()));
  }

  async ensureRunning(): Promise<void> {
    if (this.#records.open().length === 0 || (await this.ctx.storage.getAlarm()) !== null) return;
    await this.ctx.storage.setAlarm(Date.now() + TICK_MS);
  }

  /** Never throws: the platform gives up an alarm that keeps failing, and with it every region that is to come back. */
  override async alarm(): Promise<void> {
    // A run that breaks off must not be the last one.
    await this.ctx.storage.setAlarm(Date.now() + TICK_MS);
    for (const { id } of this.#records.open()) {
      try {
        await this.#lookAfter(id);
      } catch (cause) {
        console.warn(`failover coordinator: failover ${id} could not be looked after`, cause);
      }
    }
    if (this.#records.open().length === 0) await this.ctx.storage.deleteAlarm();
  }

  get #cap(): number {
    return Number(this.env.FAILOVER_CAP_PERCENT ?? DEFAULT_CAP_PERCENT);
  }

  async #lookAfter(id: string): Promise<void> {
    const record = this.#records.find(id);
    if (!record) return;
    if (record.status !== "running") {
      const looked = await lookAfter(record, this.#ports);
      const next = looked === record && this.#mayRetarget(id) ? await retarget(record, this.#ports) : looked;
      if (next !== record) this.#records.put(this.#withApproval(next));
      return;
    }
    const now = Date.now();
    if (now - record.requestedAt > MAX_RUN_MS) return this.abandon(id, "it did not end in time");
    if (now - (this.#advancedAt.get(id) ?? record.requestedAt) > STALLED_MS) await this.#carryOn(record);
  }

  /** Stages may be carried out twice, so that it does no harm should the workflow be alive. */
  async #carryOn({ id }: FailoverRecord): Promise<void> {
    for (const stage of stages) {
      const standing = await this.advance(id, stage);
      if (standing.kind === "failed") return this.abandon(id, `${stage}: ${standing.detail}`);
      if (standing.kind !== "done") return;
    }
  }

  /** Somebody may have let it back while it was looked after. */
  #withApproval(next: FailoverRecord): FailoverRecord {
    const { failback } = this.#records.find(next.id) ?? next;
    if (failback.kind !== "holding" || next.failback.kind !== "holding" || failback.approvedAt === null) return next;
    if (failback.regressions !== next.failback.regressions) return next;
    return { ...next, failback: { ...next.failback, approvedAt: failback.approvedAt } };
  }

  #mayRetarget(id: string): boolean {
    const now = Date.now();
    if (now - (this.#retargetedAt.get(id) ?? 0) < RETARGET_PAUSE_MS) return false;
    this.#retargetedAt.set(id, now);
    return true;
  }

  async #begin(order: Omit<FailoverOrder, "id" | "requestedAt">): Promise<FailoverRecord> {
    const record = newRecord({ ...order, id: crypto.randomUUID(), requestedAt: Date.now() });
    this.#records.put(record);
    await this.ensureRunning();
    await this.#startWorkflow(record.id);
    return record;
  }

  /** Its id is the failover's, so that it is begun once. */
  async #startWorkflow(id: string): Promise<void> {
    try {
      await this.env.FAILOVER.create({ id, params: { id } });
    } catch (cause) {
      console.warn(`failover coordinator: the workflow of ${id} was not begun`, cause);
    }
  }

  /** Only of a failover that is under way; `null` of another. */
  #update(id: string, change: (record: FailoverRecord) => FailoverRecord): FailoverRecord | null {
    const before = this.#records.find(id);
    if (!before) return null;
    if (before.status !== "running") return before;
    const after = change(before);
    if (after !== before) this.#records.put(after);
    return after;
  }

  async #readTable(): Promise<PublishedTable> {
    const table = routingTable(this.env);
    const read = followTable(
      (request) => table.snapshot(request),
      this.#table,
      "rules",
      () => scheduler.wait(0),
    );
    const [next, { verdicts }] = await withTimeout(Promise.all([read, table.verdicts()]), TABLE_TIMEOUT_MS);
    if (!next.ok) throw new Error(`the table cannot be read: ${next.error}`);
    this.#table = next.value;
    return { ...next.value, health: verdicts };
  }
}
