import { DurableObject } from "cloudflare:workers";
import { hasten, isConfirming, type Observation, step, voteOf } from "../../src/health/hysteresis.ts";
import { addCheck } from "../../src/latency-matrix/path-record.ts";
import type { BackendId } from "../../src/table/backend.ts";
import { followTable } from "../../src/table/follow.ts";
import { isVantage, locationHints, type Vantage } from "../../src/table/region.ts";
import type { PublishedTable } from "../../src/table/table.ts";
import type { VoteReport } from "../../src/table/verdict.ts";
import type { Env } from "../../workers/env.ts";
import { pause } from "../pause.ts";
import type { SnapshotRequest } from "../routing-table/api.ts";
import { healthMonitor, latencyProber, routingTable } from "../stubs.ts";
import { withTimeout } from "../with-timeout.ts";
import type { HealthMonitorApi, MonitorStatus, Suspicion } from "./api.ts";
import { latencyRow } from "./latency-row.ts";
import { probe } from "./probe.ts";
import type { Target } from "./schema.ts";
import { Targets } from "./targets.ts";

/** Workers allow six connections that wait for headers; a seventh would spend its timeout in the queue. */
const MAX_CONCURRENT_PROBES = 6;
/** A run starts no probe after this time, so that slow backends do not hold up the news of others. */
const PROBING_BUDGET_MS = 2000;
/** What six at a time can finish within the budget at a few milliseconds each. */
const MAX_PROBES_PER_RUN = 1000;
const MAX_SUSPICIONS_PER_CALL = 1000;

/** How often the table is read when nobody tells of a change, and at most however often somebody does. */
const TABLE_INTERVAL_MS = 10_000;
const MIN_TABLE_INTERVAL_MS = 1000;
/** A table that does not answer costs a run at most two of these waits, for reading and for reporting. */
const TABLE_TIMEOUT_MS = 2000;
const TABLE_RETRY_MS = 5000;
/** A change of status or a first failure is reported at once. Fresh latencies and loads wait for each other: a report is a request. */
const REPORT_INTERVAL_MS = 5000;
const REPORT_RETRY_MS = 1000;

/** The latency matrix hears of a vantage's paths so often. */
const LATENCIES_INTERVAL_MS = 60_000;

const MIN_ALARM_INTERVAL_MS = 250;
const MAX_BACKOFF_MS = 30_000;

/**
 * Checks the backends of the table from one vantage. The alarm is the loop: read the table, probe what is due,
 * step, persist, report, and set the next alarm. Probe results are only in SQLite; what is in memory may be lost
 * at any time and is made again: the table is read anew, and every vote is cast again.
 */
export class HealthMonitor extends DurableObject<Env> implements HealthMonitorApi {
  /** Its name, which is a location hint unless an older version made it. */
  readonly #vantage = (this.ctx.id.name ?? "unnamed") as Vantage;
  readonly #targets = new Targets(this.ctx.storage.sql, this.#vantage);
  readonly #unreported = new Set<BackendId>(this.#targets.ids());
  /** Its backends only. */
  #table: PublishedTable | null = null;
  #tableReadAt = 0;
  #tableDueAt = 0;
  #reportDueAt = 0;
  #latenciesDueAt = 0;
  #failedRuns = 0;

  async ensureRunning(): Promise<void> {
    this.#tableDueAt = Math.min(this.#tableDueAt, this.#tableReadAt + MIN_TABLE_INTERVAL_MS);
    await this.#wakeBy(this.#tableDueAt);
  }

  async suspect(suspicions: readonly Suspicion[]): Promise<void> {
    const now = Date.now();
    this.ctx.storage.transactionSync(() => {
      for (const { backend } of suspicions.slice(0, MAX_SUSPICIONS_PER_CALL))
        this.#targets.change(backend, (health) => hasten(health, now));
    });
    await this.#wakeBy(Math.min(this.#targets.nextDueAt(), this.#tableDueAt));
  }

  async status(): Promise<MonitorStatus> {
    const nextCheckAt = await this.ctx.storage.getAlarm();
    return { vantage: this.#vantage, nextCheckAt, backends: this.#targets.count() };
  }

  override async alarm(info?: AlarmInvocationInfo): Promise<void> {
    if (!isVantage(this.#vantage)) return this.#handOver();
    // A run that broke off (the isolate died) is retried six times and then never: the next alarm must not wait
    // for its end.
    if (info?.isRetry) await this.ctx.storage.setAlarm(Date.now() + MAX_BACKOFF_MS);
    let nextAt: number;
    try {
      await this.#run();
      this.#failedRuns = 0;
      nextAt = Math.min(this.#targets.nextDueAt(), this.#tableDueAt, this.#reportDueAt);
    } catch (error) {
      this.#failedRuns += 1;
      nextAt = Date.now() + Math.min(MAX_BACKOFF_MS, 1000 * 2 ** (this.#failedRuns - 1));
      console.error(`health monitor ${this.#vantage}: run failed ${this.#failedRuns} times in a row`, error);
    }
    await this.ctx.storage.setAlarm(Math.max(nextAt, Date.now() + MIN_ALARM_INTERVAL_MS));
  }

  /** One that is no vantage has no vote: it sees to it that those that are run, and ends. */
  async #handOver(): Promise<void> {
    await Promise.all(locationHints.map((vantage) => healthMonitor(this.env, vantage).ensureRunning()));
    await this.ctx.storage.deleteAll();
  }

  async #run(): Promise<void> {
    await this.#readTable();
    const checked = await probeAll(this.#targets.due(Date.now(), MAX_PROBES_PER_RUN), this.#vantage);
    this.ctx.storage.transactionSync(() => {
      for (const { target, observation, at } of checked) {
        const health = step(target.health, observation, at).state;
        const { outcome } = observation;
        const path = addCheck(target.path, outcome.kind === "success" ? outcome.latencyMs : null, at);
        this.#targets.save({ ...target, health, path });
        this.#unreported.add(target.backend);
        const isNews = health.status !== target.health.status || isConfirming(health) !== isConfirming(target.health);
        const patienceMs = isNews ? 0 : REPORT_INTERVAL_MS;
        this.#reportDueAt = Math.min(this.#reportDueAt, at + patienceMs);
      }
    });
    await this.#report();
    this.#tellLatencies();
  }

  /** Without the table the monitor goes on with the backends that it knows. */
  async #readTable(): Promise<void> {
    const now = Date.now();
    if (now < this.#tableDueAt) return;
    // Set before the call, so that a change announced during it brings the next reading forward.
    this.#tableReadAt = now;
    this.#tableDueAt = now + TABLE_INTERVAL_MS;
    try {
      const held = this.#table;
      const ask = (request: SnapshotRequest) => routingTable(this.env).snapshot(request);
      const following = followTable(ask, held, "backends", pause);
      const next = await withTimeout(following, TABLE_TIMEOUT_MS);
      if (!next.ok) throw new Error(next.error);
      const { backends } = next.value.table;
      if (backends !== held?.table.backends)
        this.ctx.storage.transactionSync(() => this.#targets.follow(backends, now));
      this.#table = next.value;
    } catch (error) {
      this.#tableDueAt = Math.min(this.#tableDueAt, now + TABLE_RETRY_MS);
      console.error(`health monitor ${this.#vantage}: the table could not be read`, error);
    }
  }

  /** What the table does not take stays unreported, and goes with a later run's. */
  async #report(): Promise<void> {
    const now = Date.now();
    if (now < this.#reportDueAt) return;
    const reports = [...this.#unreported].flatMap((backend): VoteReport[] => {
      const health = this.#targets.get(backend)?.health;
      const vote = health ? voteOf(health, now) : null;
      return vote ? [{ backend, vote }] : [];
    });
    try {
      if (reports.length > 0) await withTimeout(routingTable(this.env).report(reports), TABLE_TIMEOUT_MS);
      this.#unreported.clear();
      this.#reportDueAt = Number.POSITIVE_INFINITY;
    } catch (error) {
      this.#reportDueAt = Date.now() + REPORT_RETRY_MS;
      console.error(`health monitor ${this.#vantage}: ${reports.length} votes could not be reported`, error);
    }
  }

  /** Without waiting: what is lost is told again in a minute. */
  #tellLatencies(): void {
    const now = Date.now();
    if (this.#table === null || now < this.#latenciesDueAt) return;
    this.#latenciesDueAt = now + LATENCIES_INTERVAL_MS;
    const row = latencyRow(this.#targets.all(), this.#table.table.backends);
    const tell = async () => latencyProber(this.env).tell(this.#vantage, row);
    tell().catch((error) => console.warn(`health monitor ${this.#vantage}: latencies could not be told`, error));
  }

  async #wakeBy(at: number): Promise<void> {
    const set = await this.ctx.storage.getAlarm();
    const wanted = Math.max(at, Date.now());
    if (Number.isFinite(at) && (set === null || wanted < set)) await this.ctx.storage.setAlarm(wanted);
  }
}

interface Checked {
  readonly target: Target;
  readonly observation: Observation;
  readonly at: number;
}

/** Probes a few at a time, in order, until the time is up; those that were not reached stay due. */
async function probeAll(targets: readonly Target[], vantage: string): Promise<Checked[]> {
  const deadline = Date.now() + PROBING_BUDGET_MS;
  const checked: Checked[] = [];
  const queue = targets.values();
  const drain = async () => {
    for (const target of queue) {
      const observation = await probe(target.endpoint, vantage);
      checked.push({ target, observation, at: Date.now() });
      if (Date.now() >= deadline) return;
    }
  };
  await Promise.all(Array.from({ length: MAX_CONCURRENT_PROBES }, drain));
  return checked;
}
