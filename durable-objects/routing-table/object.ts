import { DurableObject } from "cloudflare:workers";
import { err, ok, type Result } from "../../src/base/result.ts";
import { carryColumns } from "../../src/table/address-columns.ts";
import { apply } from "../../src/table/apply.ts";
import type { Change } from "../../src/table/change.ts";
import { decodeDefence, decodeFailover } from "../../src/table/codec.ts";
import type { Defence } from "../../src/table/defence.ts";
import { checkDefence } from "../../src/table/defence-wish.ts";
import { expire, firstExpiry } from "../../src/table/expiry.ts";
import type { Failover } from "../../src/table/failover.ts";
import { withDefaults } from "../../src/table/first-change.ts";
import { planRollback } from "../../src/table/history.ts";
import type { LearnedRow } from "../../src/table/learned-row.ts";
import { MAX_CHANGES } from "../../src/table/limits.ts";
import type { Patched } from "../../src/table/patch.ts";
import { plan } from "../../src/table/plan.ts";
import { Publisher } from "../../src/table/publisher.ts";
import { checkShift } from "../../src/table/shift.ts";
import {
  emptyTable,
  type Health,
  type PublishedTable,
  type Section,
  sectionNames,
  type Table,
} from "../../src/table/table.ts";
import type { VoteReport } from "../../src/table/verdict.ts";
import type { Env } from "../../workers/env.ts";
import type { Suspicion } from "../health-monitor/api.ts";
import { latencyProber, regionWatch } from "../stubs.ts";
import type * as api from "./api.ts";
import { readCounter, writeCounter } from "./counter.ts";
import { Courier } from "./courier.ts";
import { idsAfter, readTable, writeEntities } from "./entities.ts";
import { KeptPart } from "./kept-part.ts";
import { LearnedRows } from "./learned.ts";
import {
  appendEpoch,
  changesSince,
  deleteEpochs,
  EXPIRY_PRINCIPAL,
  newestChange,
  newestPrunable,
  oldestEpoch,
  readHistory,
} from "./log.ts";
import { Monitors } from "./monitors.ts";
import { enqueueHealth, forgetEpochs, readOutbox } from "./outbox.ts";
import { migrate, schema } from "./schema.ts";
import { Suspicions } from "./suspicions.ts";
import { touchedSince } from "./touched.ts";
import { type Ruling, Verdicts } from "./verdicts.ts";

const MAX_PAGE = 1000;
const MAX_NAME_CHARS = 200;
const MAX_SUMMARY_CHARS = 1000;
const PRUNE_EVERY_EPOCHS = 100;
/** What is learned makes an epoch no more often than so, however many colos learn at once. */
const LEARNED_EVERY_MS = 2000;
/** Entries that have ended have no effect, so those that end close together may go together. */
const EXPIRY_PAUSE_MS = 10_000;
/** Alarms in the far future overflow; to wake with nothing to do is harmless. */
const MAX_SLEEP_MS = 30 * 86_400_000;

/**
 * State is held in memory as the pure parts take it. Each change is one synchronous transaction and becomes
 * visible once it is stored; nothing awaits between reading and writing, so that calls cannot interleave.
 */
export class RoutingTable extends DurableObject<Env> implements api.RoutingTableApi {
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;
  readonly #courier: Courier;
  #epoch: number;
  #table: Table;
  readonly #verdicts: Verdicts;
  readonly #suspicions = new Suspicions();
  readonly #monitors: Monitors;
  readonly #learned: LearnedRows;
  readonly #failovers: KeptPart<Failover>;
  readonly #defences: KeptPart<Defence>;
  #learnedAt = Number.NEGATIVE_INFINITY;
  readonly #publisher = new Publisher();
  #commitsUntilPrune = 0;
  /** When to look for ended address rules. May be early, never late: removed rules leave it as it is. */
  #expiryAt: number | null;
  #alarmAt: number | null = null;

  constructor(context: DurableObjectState, env: Env) {
    super(context, env);
    this.#storage = context.storage;
    this.#sql = context.storage.sql;
    this.#sql.exec(schema);
    migrate(this.#sql);
    this.#epoch = readCounter(this.#sql, "epoch");
    const table = readTable(this.#sql);
    this.#table = table.value;
    this.#verdicts = new Verdicts(this.#sql, Date.now());
    this.#monitors = new Monitors(env);
    this.#failovers = new KeptPart(this.#sql, "failover", decodeFailover);
    this.#defences = new KeptPart(this.#sql, "defence", decodeDefence);
    for (const { unreadable } of [table, this.#verdicts, this.#failovers, this.#defences])
      for (const row of unreadable) warn("a stored row cannot be read", row);
    this.#learned = new LearnedRows(this.#sql, this.#epoch);
    // What the epoch had of learned rows is overwritten by those that waited.
    if (this.#learned.isWaiting) this.#publishLearned(Date.now());
    this.#expiryAt = firstExpiry(this.#table);
    this.#courier = new Courier(this.#storage, env.DB, Date.now());
    context.blockConcurrencyWhile(async () => {
      this.#alarmAt = await this.#storage.getAlarm();
      this.#schedule();
    });
  }

  async snapshot(request: api.SnapshotRequest): Promise<api.SnapshotReply> {
    const now = Date.now();
    // A clock that was set back does not hold it up.
    if (this.#learned.isWaiting && Math.abs(now - this.#learnedAt) >= LEARNED_EVERY_MS) this.#publishLearned(now);
    return this.#publisher.answer(request, this.#publishedWith(this.#verdicts.published), (epoch) =>
      touchedSince(
        this.#sql,
        { verdicts: this.#verdicts, learned: this.#learned, failovers: this.#failovers, defences: this.#defences },
        epoch,
      ),
    );
  }

  async read(): Promise<PublishedTable> {
    return this.#publishedWith(this.#verdicts.live);
  }

  async page(section: Section, { limit, after }: api.PageOptions): Promise<api.EntityPage> {
    const epoch = this.#epoch;
    if (!sectionNames.includes(section)) return { epoch, entries: [], next: null };
    const size = clamp(limit, 1, MAX_PAGE);
    const ids = idsAfter(this.#sql, section, after, size + 1);
    const entries = ids.slice(0, size).flatMap((id): [string, unknown][] => {
      const entity = this.#table[section].get(id);
      return entity ? [[id, entity]] : [];
    });
    return { epoch, entries, next: ids.length > size ? (ids[size - 1] ?? null) : null };
  }

  async verdicts(): Promise<api.LiveHealth> {
    return { epoch: this.#epoch, verdicts: this.#verdicts.live, suspectedAt: this.#suspicions.newest };
  }

  async votes(backends: readonly string[]): Promise<api.Votes> {
    const asked = backends.slice(0, MAX_PAGE);
    return new Map(asked.map((backend) => [backend, this.#verdicts.votesOn(backend)] as const));
  }

  async status(): Promise<api.TableStatus> {
    const outbox = { ...readOutbox(this.#sql), failures: this.#courier.failures };
    return { epoch: this.#epoch, nextAlarmAt: this.#alarmAt, outbox };
  }

  async plan(patch: api.TablePatch): Promise<api.TablePlan> {
    const { changes, objections } = this.#plan(patch);
    return { epoch: this.#epoch, changes, objections };
  }

  async apply(patch: api.TablePatch, options: api.ApplyOptions): Promise<Result<api.Applied, api.ApplyRefusal>> {
    return this.#isStale(options) ? err(this.#stale()) : this.#carryOut(this.#plan(patch), options);
  }

  async history(limit: number, before: number | null): Promise<readonly api.HistoryEntry[]> {
    return readHistory(this.#sql, before ?? Number.MAX_SAFE_INTEGER, clamp(limit, 1, MAX_PAGE));
  }

  async rollback(toEpoch: number, options: api.ApplyOptions): Promise<Result<api.Applied, api.ApplyRefusal>> {
    if (this.#isStale(options)) return err(this.#stale());
    const planned = this.#planRollback(toEpoch);
    return planned.ok ? this.#carryOut(planned.value, options) : planned;
  }

  async planRollback(toEpoch: number): Promise<Result<api.TablePlan, api.UnknownEpoch>> {
    const planned = this.#planRollback(toEpoch);
    if (!planned.ok) return planned;
    const { changes, objections } = planned.value;
    return ok({ epoch: this.#epoch, changes, objections });
  }

  async report(reports: readonly VoteReport[]): Promise<void> {
    const now = Date.now();
    const ruling = this.#verdicts.receive(this.#table.backends, reports, now);
    if (ruling.cast === null || ruling.cast.taken.length === 0) return;
    this.#rule(ruling, now);
    this.#monitors.look(ruling.cast.doubted, now);
  }

  async suspect(suspicions: readonly Suspicion[]): Promise<void> {
    const now = Date.now();
    this.#monitors.look(this.#suspicions.take(suspicions, this.#table.backends, now), now);
  }

  async setFailover(shift: api.Shift): Promise<Result<api.Shifted, api.ShiftRefusal>> {
    const held = this.#failovers.published.get(String(shift?.region)) ?? null;
    const checked = checkShift(this.#table, held, shift);
    if (!checked.ok) return checked;
    if (checked.value !== null) {
      const { region, next } = checked.value;
      const epoch = this.#epoch + 1;
      this.#storage.transactionSync(() => {
        this.#failovers.set(region, next, epoch);
        writeCounter(this.#sql, "epoch", epoch);
      });
      this.#moveTo(epoch);
    }
    return ok({ epoch: this.#epoch });
  }

  async setDefence(wish: api.DefenceWish): Promise<Result<api.Shifted, api.DefenceRefusal>> {
    const held = this.#defences.published.get(String(wish?.service)) ?? null;
    const checked = checkDefence(this.#table, held, wish);
    if (!checked.ok) return checked;
    if (checked.value !== null) {
      const { service, next } = checked.value;
      const epoch = this.#epoch + 1;
      this.#storage.transactionSync(() => {
        this.#defences.set(service, next, epoch);
        writeCounter(this.#sql, "epoch", epoch);
      });
      this.#moveTo(epoch);
    }
    return ok({ epoch: this.#epoch });
  }

  async learn(colo: string, rows: readonly (readonly [string, LearnedRow])[]): Promise<void> {
    this.#storage.transactionSync(() => this.#learned.take(colo, rows, this.#epoch + 1, Date.now()));
  }

  /** Never throws: the platform gives up an alarm that keeps failing, and with it everything that waits. */
  override async alarm(): Promise<void> {
    // Until it ends, none of its parts sets another; should it break off, the platform runs it again.
    this.#alarmAt = Date.now();
    try {
      this.#expire(Date.now());
    } catch (cause) {
      warn("ended entries could not be removed", cause);
    }
    try {
      this.#review(Date.now());
    } catch (cause) {
      warn("lapsed votes could not be taken into account", cause);
    }
    await this.#courier.run(Date.now());
    this.#alarmAt = null;
    this.#schedule();
  }

  #publishedWith(health: Health): PublishedTable {
    return {
      epoch: this.#epoch,
      table: this.#table,
      health,
      learned: this.#learned.published,
      failovers: this.#failovers.published,
      defences: this.#defences.published,
    };
  }

  #plan(patch: api.TablePatch): Patched {
    return plan(this.#table, this.#epoch === 0 ? withDefaults(patch) : patch);
  }

  #isStale({ ifEpoch }: api.ApplyOptions): boolean {
    // A verdict makes an epoch too, and is no reason to refuse who has read the configuration as it still is.
    return ifEpoch !== null && (ifEpoch > this.#epoch || ifEpoch < (newestChange(this.#sql) ?? 0));
  }

  #stale(): api.ApplyRefusal {
    return { kind: "stale", epoch: this.#epoch };
  }

  #carryOut(plan: Patched, { actor, summary }: api.ApplyOptions): Result<api.Applied, api.ApplyRefusal> {
    const { next, changes, objections } = plan;
    if (objections.length > 0) return err({ kind: "objections", objections });
    if (changes.length > 0) this.#commit(next, changes, actor, summary);
    return ok({ epoch: this.#epoch, changes });
  }

  #commit(next: Table, changes: readonly Change[], { principal, requestId }: api.Actor, summary: string): void {
    const now = Date.now();
    const entry: api.HistoryEntry = {
      epoch: this.#epoch + 1,
      at: now,
      principal: principal.slice(0, MAX_NAME_CHARS),
      requestId: requestId.slice(0, MAX_NAME_CHARS),
      summary: summary.slice(0, MAX_SUMMARY_CHARS),
      changes,
    };
    this.#storage.transactionSync(() => {
      writeCounter(this.#sql, "epoch", entry.epoch);
      appendEpoch(this.#sql, entry);
      writeEntities(this.#sql, changes);
      this.#verdicts.retain(next.backends);
      this.#failovers.retain(next.regions, entry.epoch);
      this.#defences.retain(next.services, entry.epoch);
      if (this.#commitsUntilPrune === 0) this.#prune();
    });
    this.#commitsUntilPrune = (this.#commitsUntilPrune || PRUNE_EVERY_EPOCHS) - 1;
    carryColumns(this.#table, next, changes);
    this.#moveTo(entry.epoch);
    this.#table = next;
    this.#suspicions.retain(next.backends);
    this.#expiryAt = earliest(this.#expiryAt, firstExpiry(apply(emptyTable, changes)));
    this.#courier.expect(now);
    this.#schedule();
    if (changes.some(({ section }) => section === "backends")) this.#wakeProbers();
    if (changes.some(({ section }) => section === "regions")) this.#wakeWatch();
  }

  #publishLearned(now: number): void {
    writeCounter(this.#sql, "epoch", this.#epoch + 1);
    this.#moveTo(this.#epoch + 1);
    this.#learnedAt = now;
  }

  #planRollback(toEpoch: number): Result<Patched, api.UnknownEpoch> {
    const newest = this.#epoch;
    const oldest = oldestEpoch(this.#sql) ?? newest;
    if (!Number.isInteger(toEpoch) || toEpoch < oldest || toEpoch > newest)
      return err({ kind: "unknown-epoch", oldest, newest });
    return ok(planRollback(this.#table, changesSince(this.#sql, toEpoch), Date.now()));
  }

  #review(now: number): void {
    const { reviewAt } = this.#verdicts;
    if (reviewAt !== null && reviewAt <= now) this.#rule(this.#verdicts.review(now), now);
  }

  #rule(ruling: Ruling, now: number): void {
    const { publish, records } = ruling;
    const epoch = publish ? this.#epoch + 1 : this.#epoch;
    this.#storage.transactionSync(() => {
      this.#verdicts.take(ruling, epoch, now);
      enqueueHealth(this.#sql, this.#table, records);
      if (publish) writeCounter(this.#sql, "epoch", epoch);
    });
    if (publish) this.#moveTo(epoch);
    if (records.length > 0) this.#courier.expect(now);
    this.#schedule();
  }

  /** Whatever makes an epoch, what has been learned until then goes with it. */
  #moveTo(epoch: number): void {
    this.#epoch = epoch;
    if (this.#learned.isWaiting) this.#learned.publish();
  }

  #prune(): void {
    const upTo = newestPrunable(this.#sql);
    if (upTo === null) return;
    forgetEpochs(this.#sql, upTo);
    deleteEpochs(this.#sql, upTo);
  }

  #expire(now: number): void {
    if (this.#expiryAt === null || this.#expiryAt > now) return;
    // Set before anything can fail, so that a failure is not repeated at once.
    this.#expiryAt = now + EXPIRY_PAUSE_MS;
    const changes = expire(this.#table, now, MAX_CHANGES);
    if (changes.length > 0) {
      const actor = { principal: EXPIRY_PRINCIPAL, requestId: `expiry-${this.#epoch + 1}` };
      this.#commit(apply(this.#table, changes), changes, actor, `${changes.length} entries have expired`);
    }
    const first = firstExpiry(this.#table);
    this.#expiryAt = first === null ? null : Math.max(first, now + EXPIRY_PAUSE_MS);
  }

  /** Sets the alarm, unless one is set that comes early enough: each setting writes a row. */
  #schedule(): void {
    const wanted = earliest(earliest(this.#expiryAt, this.#courier.dueAt), this.#verdicts.reviewAt);
    if (wanted === null) return;
    const due = Math.min(wanted, Date.now() + MAX_SLEEP_MS);
    if (this.#alarmAt !== null && this.#alarmAt <= due) return;
    this.#alarmAt = due;
    void this.#storage.setAlarm(due);
  }

  /** The change stands whether or not they hear of it: they read the table by themselves, later. */
  #wakeProbers(): void {
    this.#monitors.wake();
    const wakeProber = async () => latencyProber(this.env).ensureRunning();
    wakeProber().catch((cause) => warn("the latency prober cannot be woken", cause));
  }

  #wakeWatch(): void {
    const wake = async () => regionWatch(this.env).ensureRunning();
    wake().catch((cause) => warn("the watch of the regions cannot be woken", cause));
  }
}

function earliest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}

function clamp(value: number, least: number, most: number): number {
  return value >= least ? Math.min(Math.trunc(value), most) : least;
}

function warn(message: string, cause: unknown): void {
  console.warn(`routing table: ${message}`, cause);
}
