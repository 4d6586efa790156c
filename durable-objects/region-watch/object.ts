import { DurableObject } from "cloudflare:workers";
import type { Evidence } from "../../src/failover/incident.ts";
import { isUnsettled, lookAt, type RegionLook, type RegionSight } from "../../src/failover/watched-region.ts";
import { type CountBatch, countBatchSchema } from "../../src/health/count-batch.ts";
import { followTable } from "../../src/table/follow.ts";
import type { PublishedTable } from "../../src/table/table.ts";
import type { Env } from "../../workers/env.ts";
import { Courier } from "../courier.ts";
import { pause } from "../pause.ts";
import type { SnapshotRequest } from "../routing-table/api.ts";
import { routingTable } from "../stubs.ts";
import { withTimeout } from "../with-timeout.ts";
import type { RegionStatus, RegionWatchApi } from "./api.ts";
import { consignorsOf } from "./consignors.ts";
import { Desk } from "./desk.ts";
import { Incidents } from "./incidents.ts";
import { Memory } from "./memory.ts";
import { schema } from "./schema.ts";
import { isAnyUnsure, type Suspicions, sightsOf } from "./sights.ts";
import { Telemetry } from "./telemetry.ts";
import { Transitions } from "./transitions.ts";

/** Between two looks: in quiet times, and while anything is unusual. */
const LOOK_EVERY_MS = 5000;
const LOOK_SOON_MS = 1000;
/** Edges that had something urgent to tell are listened to for so long. */
const URGENT_FOR_MS = 15_000;
/** A table that does not answer holds up a look no longer. */
const TABLE_TIMEOUT_MS = 2000;
const MAX_BACKOFF_MS = 30_000;

interface Look extends RegionLook {
  readonly sight: RegionSight;
}

/**
 * Watches the regions as a whole. The alarm is the loop: read the table, look at each region, keep what has come of it
 * and ask for failovers, tell D1, and set the next alarm. What outlives a restart is in SQLite; D1 may be down.
 */
export class RegionWatch extends DurableObject<Env> implements RegionWatchApi {
  readonly #storage: DurableObjectStorage;
  readonly #telemetry: Telemetry;
  readonly #memory: Memory;
  readonly #incidents: Incidents;
  readonly #transitions: Transitions;
  readonly #courier: Courier;
  readonly #desk: Desk;
  /** Its regions, backends and verdicts only. */
  #table: PublishedTable | null = null;
  #suspicions: Suspicions = new Map();
  #urgentUntil = 0;
  #failedRuns = 0;

  constructor(context: DurableObjectState, env: Env) {
    super(context, env);
    this.#storage = context.storage;
    this.#storage.sql.exec(schema);
    this.#telemetry = new Telemetry(this.#storage);
    this.#memory = new Memory(this.#storage.sql);
    this.#incidents = new Incidents(this.#storage.sql);
    this.#transitions = new Transitions(this.#storage.sql);
    const consignors = consignorsOf(this.#transitions, this.#incidents);
    this.#courier = new Courier("region watch", this.#storage, env.DB, consignors);
    this.#desk = new Desk(this.#incidents, env);
  }

  async telemetry(colo: string, batch: CountBatch): Promise<void> {
    const now = Date.now();
    // One that this version cannot read would be the same if it came again.
    const read = countBatchSchema.safeParse(batch);
    if (!read.success) return;
    this.#telemetry.take(read.data, colo, now);
    if (read.data.urgent) this.#urgentUntil = now + URGENT_FOR_MS;
    await this.#wakeBy(now + (read.data.urgent ? LOOK_SOON_MS : LOOK_EVERY_MS));
  }

  async status(): Promise<readonly RegionStatus[]> {
    await this.ensureRunning();
    await this.#readTable();
    return [...this.#look(Date.now())].map(([region, look]) => statusOf(region, look));
  }

  async ensureRunning(): Promise<void> {
    await this.#wakeBy(Date.now() + LOOK_SOON_MS);
  }

  override async alarm(info?: AlarmInvocationInfo): Promise<void> {
    // A run that broke off (the isolate died) is retried six times and then never: the next alarm must not wait
    // for its end.
    if (info?.isRetry) await this.#storage.setAlarm(Date.now() + MAX_BACKOFF_MS);
    let waitMs: number;
    try {
      waitMs = await this.#run();
      this.#failedRuns = 0;
    } catch (error) {
      this.#failedRuns += 1;
      waitMs = Math.min(MAX_BACKOFF_MS, 1000 * 2 ** (this.#failedRuns - 1));
      console.error(`region watch: run failed ${this.#failedRuns} times in a row`, error);
    }
    await this.#storage.setAlarm(Date.now() + waitMs);
  }

  /** Gives how long to wait for the next. */
  async #run(): Promise<number> {
    await this.#readTable();
    const now = Date.now();
    const looks = this.#look(now);
    this.#storage.transactionSync(() => this.#keep(looks, now));
    for (const [region, { watched, sight, trigger }] of looks)
      if (watched.condition.state === "failed" && trigger !== null) {
        if (sight.region.failover.automatic) await this.#desk.request(region, trigger, now);
        else this.#desk.note(region, "no failover was asked for: it is not automatic here", now);
      }
    // A D1 that does not answer must not hold up the next look.
    void this.#courier.run(Date.now());
    const isUnusual = now < this.#urgentUntil || [...looks.values()].some(({ watched }) => isUnsettled(watched));
    return isUnusual ? LOOK_SOON_MS : LOOK_EVERY_MS;
  }

  #look(now: number): Map<string, Look> {
    if (this.#table === null) return new Map();
    const sights = sightsOf(this.#table, this.#telemetry.readings(now), this.#suspicions);
    return new Map([...sights].map(([id, sight]) => [id, { sight, ...lookAt(this.#memory.get(id, now), sight, now) }]));
  }

  #keep(looks: ReadonlyMap<string, Look>, now: number): void {
    if (this.#table === null) return;
    const moved = new Set<string>();
    for (const [region, { transitions, trigger, sight }] of looks) {
      if (transitions.length === 0) continue;
      moved.add(region);
      this.#transitions.add(transitions.map((each, seq) => ({ ...each, region, seq })));
      this.#desk.follow(region, transitions, trigger, evidenceOf(sight));
    }
    this.#desk.closeOthers(new Set(looks.keys()), now);
    this.#memory.keep(new Map([...looks].map(([id, { watched }]) => [id, watched])), moved, now);
  }

  /** Without the table it goes on with what it knows. */
  async #readTable(): Promise<void> {
    try {
      const ask = (request: SnapshotRequest) => routingTable(this.env).snapshot(request);
      const next = await withTimeout(followTable(ask, this.#table, "regions", pause), TABLE_TIMEOUT_MS);
      if (!next.ok) throw new Error(next.error);
      // Of two readings at once, the one that began first may end last.
      if (this.#table === null || next.value.epoch >= this.#table.epoch) this.#table = next.value;
      if (isAnyUnsure(this.#table))
        this.#suspicions = (await withTimeout(routingTable(this.env).verdicts(), TABLE_TIMEOUT_MS)).suspectedAt;
    } catch (error) {
      console.error("region watch: the table could not be read", error);
    }
  }

  async #wakeBy(at: number): Promise<void> {
    const set = await this.#storage.getAlarm();
    if (set === null || set > at) await this.#storage.setAlarm(at);
  }
}

function evidenceOf({ backends, load, reading }: RegionSight): Evidence {
  const { requests, failures, p95Ms } = reading ?? { requests: 0, failures: 0, p95Ms: null };
  return { backends, load, requests, errorRate: requests === 0 ? null : failures / requests, p95Ms };
}

function statusOf(region: string, { watched, sight, trigger, progress }: Look): RegionStatus {
  const { state, since, reasons } = watched.condition;
  return { region, state, since, reasons, ...evidenceOf(sight), trigger, progress };
}
