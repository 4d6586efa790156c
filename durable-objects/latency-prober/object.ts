import { DurableObject } from "cloudflare:workers";
import type { MeasurementPoint } from "../../src/latency-matrix/measurement-point.ts";
import { MAX_PROBE_TARGETS } from "../../src/latency-matrix/probe-message.ts";
import { nextTurnAt, ROUND_MS, targetsOfTurn, turnsBetween } from "../../src/latency-matrix/rota.ts";
import { statisticsOf } from "../../src/latency-matrix/statistics.ts";
import type { Vantage } from "../../src/table/region.ts";
import type { Env } from "../../workers/env.ts";
import { routingTable } from "../stubs.ts";
import { withTimeout } from "../with-timeout.ts";
import type { LatencyProberApi, Measurement, MeasureRequest, PairReading, VantageRow } from "./api.ts";
import { Pairs } from "./pairs.ts";
import { readPoints } from "./read-points.ts";
import { type Assignment, type Finding, survey } from "./survey.ts";
import { VantageRows } from "./vantage-rows.ts";

/** Requests to each target of a turn: 100, of which the figures are made, are those of twenty minutes. */
const COUNT_PER_TURN = 5;
/** A run asks no node after this time; the turns that it did not reach come again in a minute. */
const RUN_BUDGET_MS = 20_000;
/** Within the 10 s for which the CLI waits. */
const MEASURE_BUDGET_MS = 9000;

/** How often the table is read: backends move seldom, and one that has gone only costs some requests. */
const TABLE_INTERVAL_MS = 30_000;
/** For reading it whole, page by page. */
const TABLE_TIMEOUT_MS = 5000;

/** An object that has just been made takes the turns of this time before, since an alarm comes after its turn. */
const LATENESS_MS = 5000;
const MIN_ALARM_INTERVAL_MS = 250;
const MAX_BACKOFF_MS = 60_000;

/**
 * Has the nodes of the table measure the paths to one another. The alarm is the loop: read the table, have those measure
 * whose turn has come, keep what they find, and set the next alarm. What is kept is in SQLite; what is in memory may be
 * lost at any time and is made again.
 */
export class LatencyProber extends DurableObject<Env> implements LatencyProberApi {
  readonly #pairs = new Pairs(this.ctx.storage.sql);
  readonly #vantages = new VantageRows(this.ctx.storage.sql);
  #points: readonly MeasurementPoint[] = [];
  #tableDueAt = 0;
  #turnedUpTo: number | null = null;
  #failedRuns = 0;
  #isMeasuring = false;

  async ensureRunning(): Promise<void> {
    this.#tableDueAt = 0;
    if (this.env.NODE_TOKEN === undefined || (await this.ctx.storage.getAlarm()) !== null) return;
    await this.ctx.storage.setAlarm(Date.now() + MIN_ALARM_INTERVAL_MS);
  }

  async read(sources: readonly string[], target: string | null): Promise<readonly PairReading[]> {
    await this.ensureRunning();
    // A region of a vantage's name comes first.
    return sources.flatMap((source) => {
      const pairs = this.#pairs.read(source, target);
      return pairs.length > 0 ? pairs : this.#vantages.read(source, target);
    });
  }

  async tell(vantage: Vantage, row: VantageRow): Promise<void> {
    this.#vantages.keep(vantage, row);
  }

  async measure({ source, target, count }: MeasureRequest): Promise<Measurement> {
    const token = this.env.NODE_TOKEN;
    if (token === undefined) return { kind: "no-token" };
    if (this.#isMeasuring) return { kind: "busy" };
    this.#isMeasuring = true;
    const deadline = Date.now() + MEASURE_BUDGET_MS;
    try {
      await this.#readTable();
      const lacking = [source, target].find((id) => id !== null && !this.#points.some(({ region }) => region === id));
      if (lacking) return { kind: "no-backend", region: lacking };
      const among = (id: string | null) => this.#points.filter(({ region }) => id === null || region === id);
      const assignments = among(source).flatMap((from) => assignmentsOf(from, among(target)));
      const findings = await survey(assignments, token, count, deadline);
      this.#keep(findings);
      const outcomes = findings.map(({ series, ...pair }) => ({
        ...pair,
        statistics: series && statisticsOf([series]),
      }));
      return { kind: "measured", outcomes };
    } finally {
      this.#isMeasuring = false;
    }
  }

  override async alarm(info?: AlarmInvocationInfo): Promise<void> {
    const token = this.env.NODE_TOKEN;
    if (token === undefined) return;
    // A run that broke off (the isolate died) is retried six times and then never: the next alarm must not wait
    // for its end.
    if (info?.isRetry) await this.ctx.storage.setAlarm(Date.now() + MAX_BACKOFF_MS);
    let nextAt: number;
    try {
      const upTo = Date.now();
      await this.#run(token, this.#turnedUpTo ?? upTo - LATENESS_MS, upTo);
      this.#turnedUpTo = upTo;
      this.#failedRuns = 0;
      nextAt = nextTurnAt(this.#regions(), upTo);
    } catch (error) {
      this.#failedRuns += 1;
      nextAt = Date.now() + Math.min(MAX_BACKOFF_MS, 1000 * 2 ** (this.#failedRuns - 1));
      console.error(`latency prober: run failed ${this.#failedRuns} times in a row`, error);
    }
    await this.ctx.storage.setAlarm(Math.max(nextAt, Date.now() + MIN_ALARM_INTERVAL_MS));
  }

  async #run(token: string, after: number, upTo: number): Promise<void> {
    if (upTo >= this.#tableDueAt) await this.#readTable().catch((error) => this.#goOnWithout(error));
    const regions = this.#regions();
    const due = new Set(turnsBetween(regions, Math.max(after, upTo - ROUND_MS), upTo));
    const assignments = this.#points
      .filter(({ region }) => due.has(region))
      .flatMap((source) => {
        const chosen = targetsOfTurn(source.region, regions, this.#pairs.measuredAt(source.region));
        return assignmentsOf(
          source,
          this.#points.filter(({ region }) => chosen.includes(region)),
        );
      });
    const findings = await survey(assignments, token, COUNT_PER_TURN, upTo + RUN_BUDGET_MS);
    this.#keep(findings);
    const failed = findings.filter(({ series }) => series === null);
    for (const error of new Set(failed.map((finding) => finding.error))) console.warn(`latency prober: ${error}`);
  }

  async #readTable(): Promise<void> {
    // Set before the call, so that a change announced during it brings the next reading forward.
    this.#tableDueAt = Date.now() + TABLE_INTERVAL_MS;
    try {
      this.#points = await withTimeout(readPoints(routingTable(this.env)), TABLE_TIMEOUT_MS);
    } catch (error) {
      this.#tableDueAt = 0;
      throw error;
    }
    this.#pairs.retain(this.#regions());
  }

  /** Without the table, the nodes that are known go on measuring. */
  #goOnWithout(error: unknown): void {
    if (this.#points.length === 0) throw error;
    console.error("latency prober: the table could not be read", error);
  }

  #keep(findings: readonly Finding[]): void {
    this.ctx.storage.transactionSync(() => {
      for (const { source, target, series } of findings) if (series) this.#pairs.add(source, target, series);
    });
  }

  #regions(): string[] {
    return this.#points.map(({ region }) => region);
  }
}

/** No region measures the path to itself. */
function assignmentsOf(source: MeasurementPoint, all: readonly MeasurementPoint[]): Assignment[] {
  const targets = all.filter((target) => target !== source);
  return Array.from({ length: Math.ceil(targets.length / MAX_PROBE_TARGETS) }, (_, i) => ({
    source,
    targets: targets.slice(i * MAX_PROBE_TARGETS, (i + 1) * MAX_PROBE_TARGETS),
  }));
}
