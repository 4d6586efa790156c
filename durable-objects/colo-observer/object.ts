import { DurableObject } from "cloudflare:workers";
import { addDemand } from "../../src/adapters/d1/demand.ts";
import { haveMoved, Learner } from "../../src/routing/latency/learner.ts";
import { Rota } from "../../src/routing/latency/rota.ts";
import { readTraffic, type TrafficSecond } from "../../src/shield/traffic/traffic-second.ts";
import type { Learned } from "../../src/table/learned-row.ts";
import type { Trace } from "../../src/telemetry/trace.ts";
import type { Env } from "../../workers/env.ts";
import { regionWatch, routingTable } from "../stubs.ts";
import { withTimeout } from "../with-timeout.ts";
import type * as api from "./api.ts";
import { DemandCount } from "./demand-count.ts";
import { Records } from "./records.ts";
import { PASS_ON_EVERY_MS, RegionRelay } from "./region-relay.ts";
import { readReport } from "./report.ts";
import { TRACE_MAX_AGE_MS, Traces } from "./traces.ts";
import { TrafficRelay } from "./traffic-relay.ts";

/** Rows go to the table at most so often, and when nothing moves so seldom, to say that they still hold. */
const TELL_EVERY_MS = 1000;
const CONFIRM_EVERY_MS = 600_000;
/** What was learned is stored at most so often: each place is a row, and rows are paid for. */
const SAVE_EVERY_MS = 10_000;
/** A figure that was not measured for so long is of a road that nobody takes any more. */
const FORGET_AFTER_MS = 7 * 86_400_000;
/** Demand is recorded so often at most, and the first of it before the object can go for want of work (10 s). */
const RECORD_EVERY_MS = 30_000;
const FIRST_RECORD_MS = 5000;
/** One who does not answer by then is told again later. */
const WATCH_TIMEOUT_MS = 5000;
/** Where nobody comes any more, traces that have ended are taken out this long after. */
const TRIM_EVERY_MS = TRACE_MAX_AGE_MS / 6;

/**
 * What was learned is kept in memory and stored every ten seconds; what is lost with the object comes again with a few
 * seconds of traffic. Demand is in memory until it is recorded; traces, and what the requests to each region came to,
 * are stored as they come.
 */
export class ColoObserver extends DurableObject<Env> implements api.ColoObserverApi {
  readonly #colo = this.ctx.id.name ?? "";
  readonly #records = new Records(this.ctx.storage.sql);
  readonly #learner = new Learner(this.#colo);
  readonly #rota = new Rota();
  readonly #demand = new DemandCount();
  readonly #traces = new Traces(this.ctx.storage);
  readonly #traffic = new TrafficRelay(this.env);
  readonly #relay = new RegionRelay(this.ctx.storage.sql, this.#colo);
  #told: Learned;
  #toldAt: number;
  #savedAt = 0;
  #recordedAt = 0;

  constructor(context: DurableObjectState, env: Env) {
    super(context, env);
    const records = this.#records.all();
    for (const { place, seen } of records)
      for (const [region, each] of seen) this.#learner.restore(place, region, each);
    this.#told = new Map(
      records.filter(({ told }) => Object.keys(told).length > 0).map(({ place, told }) => [place, told]),
    );
    this.#toldAt = newestOf(this.#told);
  }

  async observe(colo: string, report: api.ColoReport): Promise<readonly api.ProbeSeries[]> {
    if (colo !== this.#colo) return [];
    const now = Date.now();
    const { samples, wanted, others, demand, traffic } = readReport(report, now);
    for (const sample of samples) this.#learner.learn(sample);
    for (const each of demand) this.#demand.add(each);
    if (traffic !== null) this.#relay.take(traffic, now);
    this.ctx.waitUntil(this.#passOn(now));
    this.#tell(now);
    this.#save(now);
    const series = this.#rota.assign(wanted, others, this.#learner, now);
    if (!this.#demand.isEmpty) await this.#wakeBy(Math.max(now + FIRST_RECORD_MS, this.#recordedAt + RECORD_EVERY_MS));
    if (!this.#relay.isEmpty) await this.#wakeBy(now + PASS_ON_EVERY_MS);
    return series;
  }

  async keepTraces(traces: readonly Trace[], omitted: number): Promise<void> {
    const now = Date.now();
    this.#traces.keep(traces, omitted, now);
    if (!this.#traces.isEmpty) await this.#wakeBy(now + TRIM_EVERY_MS);
  }

  async countTraffic(seconds: readonly TrafficSecond[]): Promise<void> {
    const work = this.#traffic.take(readTraffic(seconds, Date.now()));
    if (work) this.ctx.waitUntil(work);
  }

  async findTrace(requestId: string): Promise<api.TraceReply> {
    return this.#traces.find(requestId, Date.now());
  }

  async listTraces({ limit, before }: api.TracePageOptions): Promise<api.TracePage> {
    return this.#traces.page(limit, before, Date.now());
  }

  override async alarm(): Promise<void> {
    const now = Date.now();
    this.#traces.trim(now);
    if (!this.#traces.isEmpty) await this.#wakeBy(now + TRIM_EVERY_MS);
    await this.#passOn(now);
    if (!this.#relay.isEmpty) await this.#wakeBy(now + PASS_ON_EVERY_MS);
    await this.#record(now);
  }

  /** Tells the watch of the regions what has been counted. What it does not take stays, and goes again. */
  async #passOn(now: number): Promise<void> {
    const batch = this.#relay.due(now);
    if (batch === null) return;
    try {
      await withTimeout(regionWatch(this.env).telemetry(this.#colo, batch), WATCH_TIMEOUT_MS);
      this.#relay.acknowledge(batch.sequence);
    } catch (cause) {
      console.warn("colo observer: the watch of the regions cannot be told", cause);
    }
  }

  /** Records the demand. What cannot be recorded is dropped: it is for simulations, which need no exact count. */
  async #record(now: number): Promise<void> {
    this.#recordedAt = now;
    const demand = this.#demand.take();
    if (demand.length === 0) return;
    try {
      await addDemand(this.env.DB, this.#colo, demand, now);
    } catch (cause) {
      console.warn("colo observer: the demand cannot be recorded", cause);
    }
  }

  #tell(now: number): void {
    if (now - this.#toldAt < TELL_EVERY_MS) return;
    const before = this.#told;
    const rows = this.#rows(now);
    if (rows.size === 0 || !(haveMoved(before, rows) || now - this.#toldAt >= CONFIRM_EVERY_MS)) return;
    this.#told = rows;
    this.#toldAt = now;
    const tell = async () => routingTable(this.env).learn(this.#colo, [...rows]);
    this.ctx.waitUntil(
      tell().catch((cause) => {
        console.warn("colo observer: the table cannot be told", cause);
        // With the next report it is tried again.
        this.#told = before;
        this.#savedAt = 0;
      }),
    );
  }

  /** Samples that were lost, or are too old to tell anything, leave the figures that were made of them standing. */
  #rows(now: number): Learned {
    const rows = new Map(this.#learner.rows(now));
    const standing = Object.entries(this.#told.get(this.#colo) ?? {}).filter(
      ([, { at }]) => now - at < FORGET_AFTER_MS,
    );
    const own = { ...Object.fromEntries(standing), ...rows.get(this.#colo) };
    return Object.keys(own).length > 0 ? rows.set(this.#colo, own) : rows;
  }

  /** Stores the colo and what the table knows of its parts: those that do not differ are learned again at need. */
  #save(now: number): void {
    if (now - this.#savedAt < SAVE_EVERY_MS) return;
    this.#savedAt = now;
    const places = new Set([this.#colo, ...this.#told.keys()]);
    this.ctx.storage.transactionSync(() => {
      this.#records.keep(places);
      for (const place of places)
        this.#records.save({ place, seen: this.#learner.seenAt(place), told: this.#told.get(place) ?? {} });
    });
  }

  async #wakeBy(at: number): Promise<void> {
    const set = await this.ctx.storage.getAlarm();
    if (set === null || set > at) await this.ctx.storage.setAlarm(at);
  }
}

/** When the newest sample behind any of the figures was taken. Unix milliseconds. */
function newestOf(learned: Learned): number {
  const figures = [...learned.values()].flatMap((row) => Object.values(row));
  return figures.reduce((newest, { at }) => Math.max(newest, at), 0);
}
