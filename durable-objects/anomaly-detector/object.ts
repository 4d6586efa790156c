import { DurableObject } from "cloudflare:workers";
import { Random } from "../../src/base/random.ts";
import type { Detector } from "../../src/shield/anomaly/detector.ts";
import { GoodClients } from "../../src/shield/traffic/good-clients.ts";
import { TOTAL } from "../../src/shield/traffic/series-set.ts";
import type { ServiceWatch } from "../../src/shield/traffic/service-watch.ts";
import type { Slice } from "../../src/shield/traffic/slice.ts";
import { TrafficDetector } from "../../src/shield/traffic/traffic-detector.ts";
import { readTraffic, type TrafficSecond } from "../../src/shield/traffic/traffic-second.ts";
import type { Env } from "../../workers/env.ts";
import type { AnomalyDetectorApi, AnomalyStatus, ServiceStatus } from "./api.ts";
import { Memory } from "./memory.ts";
import { Reports } from "./reports.ts";

/** Of the object that sees all traffic, and alone tells of good clients. */
const GLOBAL = "global";
const DEFAULT_LEAST_AGE_SECONDS = 600;
/** Good clients are told so often. */
const SIGHT_EVERY_MS = 60_000;
/** Between two runs, at least; and at most while they fail. */
const LEAST_WAIT_MS = 100;
const RETRY_MS = 1000;
const MAX_BACKOFF_MS = 30_000;

/**
 * The alarm is the loop: once a second, while there is traffic or something is open, it judges the seconds that are
 * complete, tells the mitigator of attacks, and stores some of what has been learned.
 */
export class AnomalyDetector extends DurableObject<Env> implements AnomalyDetectorApi {
  readonly #scope = this.ctx.id.name ?? "unknown";
  readonly #random = new Random(crypto.getRandomValues(new Uint32Array(3)));
  readonly #memory = new Memory(this.ctx.storage);
  readonly #reports = new Reports(this.env);
  readonly #goodClients = new GoodClients(this.#random);
  readonly #detector: TrafficDetector;
  #sightedAt = Date.now();
  #failedRuns = 0;

  constructor(context: DurableObjectState, env: Env) {
    super(context, env);
    this.#detector = new TrafficDetector({
      scope: this.#scope,
      random: this.#random,
      leastAgeSeconds: Number(env.ANOMALY_LEAST_AGE_SECONDS ?? DEFAULT_LEAST_AGE_SECONDS),
      memories: this.#memory.all(),
      now: Date.now(),
    });
  }

  async countTraffic(seconds: readonly TrafficSecond[]): Promise<void> {
    const now = Date.now();
    this.#detector.add(readTraffic(seconds, now));
    const { dueAt } = this.#detector;
    if (dueAt !== null && (await this.ctx.storage.getAlarm()) === null)
      await this.ctx.storage.setAlarm(Math.max(dueAt, now + LEAST_WAIT_MS));
  }

  async status(): Promise<AnomalyStatus> {
    const services = [...this.#detector.watches].map(([service, watch]) => statusOf(service, watch));
    const now = Date.now();
    const [refused, limits] = [this.#detector.refusedUntil(now), this.#detector.limitsUntil(now)];
    return { scope: this.#scope, services, refused, limits, ...this.#detector.counters };
  }

  override async alarm(info?: AlarmInvocationInfo): Promise<void> {
    // A run that broke off (the isolate died) is retried six times and then never: the next alarm must not wait
    // for its end.
    if (info?.isRetry) await this.ctx.storage.setAlarm(Date.now() + MAX_BACKOFF_MS);
    let failed = false;
    try {
      this.#run(Date.now());
      this.#failedRuns = 0;
    } catch (error) {
      failed = true;
      this.#failedRuns += 1;
      console.error(`anomaly detector: run failed ${this.#failedRuns} times in a row`, error);
    }
    const now = Date.now();
    const waitMs = failed ? Math.min(MAX_BACKOFF_MS, RETRY_MS * 2 ** (this.#failedRuns - 1)) : LEAST_WAIT_MS;
    const dueAt = this.#detector.dueAt ?? (this.#reports.isEmpty ? null : now + RETRY_MS);
    if (dueAt !== null) await this.ctx.storage.setAlarm(Math.max(dueAt, now + waitMs));
    else if (info?.isRetry) await this.ctx.storage.deleteAlarm();
  }

  /** Waits for nobody: what is told goes its own way. */
  #run(now: number): void {
    const { reports, quiet } = this.#detector.judge(now);
    this.#reports.post(reports);
    if (!this.#reports.isEmpty) this.ctx.waitUntil(this.#reports.send());
    if (this.#scope === GLOBAL) this.#sight(quiet, now);
    this.#memory.save(this.#detector.watches, now);
  }

  #sight(quiet: readonly Slice[], now: number): void {
    for (const slice of quiet) this.#goodClients.add(slice);
    // A clock that was set back does not hold it up.
    if (Math.abs(now - this.#sightedAt) < SIGHT_EVERY_MS) return;
    this.#sightedAt = now;
    this.ctx.waitUntil(this.#reports.sight(this.#goodClients.take()));
  }
}

const statusOf = (service: string, { attack, judged, series: { total } }: ServiceWatch): ServiceStatus => ({
  service,
  attack,
  series:
    judged.length === 0
      ? // Of what was learned before a restart, it is known how long that was before a second is judged.
        [{ dimension: TOTAL, value: TOTAL, rate: 0, expected: null, sigmas: 0, ...maturityOf(total), event: null }]
      : judged.map(({ dimension, value, rate, detector, judgement: { expected, sigmas, event } }) => ({
          dimension,
          value,
          rate,
          expected,
          sigmas,
          ...maturityOf(detector),
          event,
        })),
});

const maturityOf = ({ age, mayAct }: Detector) => ({ age, mayAct });
