import { DurableObject } from "cloudflare:workers";
import { addDemand, type ColoDemand } from "../../src/adapters/d1/demand.ts";
import { haveMoved, Learner } from "../../src/routing/latency/learner.ts";
import { Rota } from "../../src/routing/latency/rota.ts";
import type { Learned } from "../../src/table/learned-row.ts";
import type { Trace } from "../../src/telemetry/trace.ts";
import type { Env } from "../../workers/env.ts";
import { routingTable } from "../stubs.ts";
import * as api from "./api.ts";
import { TRACE_MAX_AGE_MS, Traces } from "./traces.ts";

/** Samples from the future, by a clock that is ahead, are worth no more than this. */
const MAX_AHEAD_MS = 5000;
/** Older samples were held back somewhere, and say nothing of now. */
const MAX_BEHIND_MS = 60_000;
const MAX_WANTED = 256;
/** Rows go to the table at most so often. */
const TELL_EVERY_MS = 1000;
const RECORD_EVERY_MS = 30_000;
/** Where nobody comes any more, traces that have ended are taken out this long after. */
const TRIM_EVERY_MS = TRACE_MAX_AGE_MS / 6;
/** Pairs of service and country that are counted apart; what is over is counted without its country. */
const MAX_PAIRS = 200;

/**
 * In memory alone, but for the traces: what it has told the table stays there, and a new object learns the rest again
 * within a minute of traffic. Demand that was counted since the last record is lost with it.
 */
export class ColoObserver extends DurableObject<Env> implements api.ColoObserverApi {
  #learner: Learner | null = null;
  readonly #rota = new Rota();
  #told: Learned = new Map();
  #toldAt = 0;
  readonly #demand = new Map<string, ColoDemand>();
  readonly #traces: Traces;

  constructor(context: DurableObjectState, env: Env) {
    super(context, env);
    this.#traces = new Traces(context.storage);
  }

  async observe(colo: string, { samples, wanted, demand }: api.ColoReport): Promise<readonly api.ProbeSeries[]> {
    const now = Date.now();
    this.#learner ??= new Learner(colo);
    for (const sample of samples.slice(0, api.MAX_REPORTED)) {
      const at = Math.min(sample.at, now);
      if (sample.at <= now + MAX_AHEAD_MS && at >= now - MAX_BEHIND_MS) this.#learner.learn({ ...sample, at });
    }
    for (const each of demand.slice(0, api.MAX_REPORTED)) this.#count(each);
    if (this.#demand.size > 0) await this.#wakeBy(now + RECORD_EVERY_MS);
    if (now - this.#toldAt >= TELL_EVERY_MS) this.#tell(colo, this.#learner.rows(now), now);
    return this.#rota.assign(wanted.slice(0, MAX_WANTED), this.#learner, now);
  }

  async keepTraces(traces: readonly Trace[], omitted: number): Promise<void> {
    const now = Date.now();
    this.#traces.keep(traces, omitted, now);
    if (!this.#traces.isEmpty) await this.#wakeBy(now + TRIM_EVERY_MS);
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
    if (this.#demand.size > 0) await this.#record(now);
  }

  async #wakeBy(at: number): Promise<void> {
    const set = await this.ctx.storage.getAlarm();
    if (set === null || set > at) await this.ctx.storage.setAlarm(at);
  }

  /** Records the demand. What cannot be recorded is dropped: it is for simulations, which need no exact count. */
  async #record(now: number): Promise<void> {
    const demand = [...this.#demand.values()];
    this.#demand.clear();
    try {
      await addDemand(this.env.DB, this.ctx.id.name ?? "", demand, now);
    } catch (cause) {
      console.warn("colo observer: the demand cannot be recorded", cause);
    }
  }

  #tell(colo: string, rows: Learned, now: number): void {
    if (!haveMoved(this.#told, rows)) return;
    const before = this.#told;
    this.#told = rows;
    this.#toldAt = now;
    const tell = async () => routingTable(this.env).learn(colo, [...rows]);
    this.ctx.waitUntil(
      tell().catch((cause) => {
        console.warn("colo observer: the table cannot be told", cause);
        // With the next report it is tried again.
        this.#told = before;
      }),
    );
  }

  #count({ service, country, requests }: ColoDemand): void {
    if (!(requests > 0)) return;
    const exact = `${service} ${country}`;
    const known = this.#demand.has(exact) || this.#demand.size < MAX_PAIRS;
    const key = known ? exact : `${service} ${null}`;
    const before = this.#demand.get(key) ?? { service, country: known ? country : null, requests: 0 };
    this.#demand.set(key, { ...before, requests: before.requests + requests });
  }
}
