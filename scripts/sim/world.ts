import { AnomalyDetector } from "../../durable-objects/anomaly-detector/object.ts";
import { ColoObserver } from "../../durable-objects/colo-observer/object.ts";
import type { FailoverCoordinatorApi } from "../../durable-objects/failover-coordinator/api.ts";
import { FailoverCoordinator } from "../../durable-objects/failover-coordinator/object.ts";
import { HealthMonitor } from "../../durable-objects/health-monitor/object.ts";
import { LatencyProber } from "../../durable-objects/latency-prober/object.ts";
import type { MitigatorApi } from "../../durable-objects/mitigator/api.ts";
import { Mitigator } from "../../durable-objects/mitigator/object.ts";
import { RateLimiter } from "../../durable-objects/rate-limiter/object.ts";
import { RegionWatch } from "../../durable-objects/region-watch/object.ts";
import type { RoutingTableApi } from "../../durable-objects/routing-table/api.ts";
import { RoutingTable } from "../../durable-objects/routing-table/object.ts";
import { routingTable } from "../../durable-objects/stubs.ts";
import { Random } from "../../src/base/random.ts";
import { type FailoverRecord, isOver } from "../../src/failover/record.ts";
import { seedRegions } from "../../src/seed/regions.ts";
import type { Defence } from "../../src/table/defence.ts";
import type { Env } from "../../workers/env.ts";
import type { ColoCache } from "../../workers/shared-replies.ts";
import type { Actor } from "./actor.ts";
import type { VirtualClock } from "./clock.ts";
import { requestOf } from "./crowd.ts";
import type { Dice } from "./dice.ts";
import { Isolate } from "./edge-adapter.ts";
import { monitorAt, type Subject } from "./faults.ts";
import { HistoryDatabase } from "./history-database.ts";
import { MemoryCache } from "./memory-cache.ts";
import { Network } from "./network.ts";
import { fetchFrom, SimulatedNode } from "./nodes.ts";
import { type Carried, type ObjectClass, ObjectHost } from "./object-host.ts";
import type { Observation } from "./observation.ts";
import type { Scenario } from "./scenario.ts";
import { TableWatch } from "./table-watch.ts";
import type { Transcript } from "./transcript.ts";
import { SimulatedWorkflows } from "./workflows.ts";

const TABLE = "ROUTING_TABLE/global";
const MITIGATOR = "MITIGATOR/global";
const COORDINATOR = "FAILOVER_COORDINATOR/global";
const MONITOR = "HEALTH_MONITOR/";
const LEAST_AGE_SECONDS = "5";
const MAX_FAILOVERS = 500;
/** Between two looks at what is not settled. */
const LOOK_EVERY_MS = 5000;

const classes = {
  ROUTING_TABLE: RoutingTable,
  HEALTH_MONITOR: HealthMonitor,
  COLO_OBSERVER: ColoObserver,
  LATENCY_PROBER: LatencyProber,
  FAILOVER_COORDINATOR: FailoverCoordinator,
  REGION_WATCH: RegionWatch,
  RATE_LIMITER: RateLimiter,
  ANOMALY_DETECTOR: AnomalyDetector,
  MITIGATOR: Mitigator,
};

export interface WorldOptions {
  readonly scenario: Scenario;
  readonly clock: VirtualClock;
  readonly dice: Dice;
  readonly random: Random;
  readonly transcript: Transcript;
  readonly observe: (observation: Observation) => void;
}

/** A whole deployment in one process: nodes, objects, the database, and the isolates of the edge. */
export class World {
  readonly network: Network;
  readonly host: ObjectHost;
  readonly database: HistoryDatabase;
  readonly nodes: readonly SimulatedNode[];
  readonly byOrigin: ReadonlyMap<string, SimulatedNode>;
  readonly #options: WorldOptions;
  readonly #tableWatch: TableWatch;
  readonly #workflows: SimulatedWorkflows;
  /** By the place in the scenario's list. */
  readonly #isolates: Isolate[] = [];
  readonly #caches = new Map<string, ColoCache>();
  readonly #atRest: Observation = {
    kind: "rest",
    epochOf: (isolate) => this.#isolates.find(({ actor }) => actor.name === isolate)?.epoch ?? null,
  };
  #lives = 0;
  #lookedAt = 0;

  constructor(options: WorldOptions) {
    this.#options = options;
    const { scenario, clock, random, dice, observe } = options;
    this.#tableWatch = new TableWatch(observe);
    this.network = new Network(clock, random, {
      began: (exchange) => observe({ kind: "asked", exchange }),
      ended: (exchange, answered) => observe({ kind: "told", exchange, answered }),
    });
    this.database = new HistoryDatabase(this.network, scenario.tableSite);
    this.nodes = scenario.regions.flatMap((region) =>
      Array.from(
        { length: scenario.nodesPerRegion },
        (_, i) => new SimulatedNode(`${region}-${"abc"[i]}`, region, random),
      ),
    );
    this.byOrigin = new Map(this.nodes.map((node) => [node.origin, node]));
    this.host = new ObjectHost({
      clock,
      network: this.network,
      classes: classes as unknown as Readonly<Record<string, ObjectClass>>,
      nameOf,
      siteOf: (object) => siteOf(object, scenario),
      skewMs: () => skewOf(scenario, dice),
      envOf: (actor) => this.envOf(actor),
      carried: (call) => this.#carried(call),
      restarted: (object) => observe({ kind: "restarted", object }),
    });
    this.#workflows = new SimulatedWorkflows({
      clock,
      dice,
      site: scenario.tableSite,
      crashPart: scenario.crashPart,
      envOf: (actor) => this.envOf(actor),
    });
    for (const place of scenario.isolates.keys()) this.#start(place);
  }

  /** The records of failovers, for a look that is no call; none while the object is not in memory. */
  async failovers(): Promise<readonly FailoverRecord[]> {
    const object = this.host.peek(COORDINATOR) as FailoverCoordinatorApi | null;
    return object === null ? [] : object.list(MAX_FAILOVERS);
  }

  /** The shield's records in D1, for a look that is no call; the oldest first. */
  recorded<T>(of: "attack" | "ban"): readonly T[] {
    return this.database.look(`SELECT record FROM ${of} ORDER BY id`).map(({ record }) => JSON.parse(String(record)));
  }

  /** The bindings as an actor has them. */
  envOf(actor: Actor): Env {
    const namespaces = Object.keys(classes).map((binding) => [binding, this.host.namespace(binding, actor)]);
    const FAILOVER = this.#workflows.binding;
    // The baseline is learned before the attack comes.
    const isAttacked = this.#options.scenario.attack !== null;
    const variables = isAttacked ? { ANOMALY_LEAST_AGE_SECONDS: LEAST_AGE_SECONDS } : {};
    return { ...Object.fromEntries(namespaces), ...variables, DB: this.database.boundTo(actor), FAILOVER } as Env;
  }

  isolateAt(place: number): Isolate {
    return this.#isolates[place] as Isolate;
  }

  /** What faults are done to. */
  get subject(): Omit<Subject, "clock"> {
    const { network, host, database, nodes } = this;
    const isolates = () => this.#isolates.map(({ actor }) => actor.name);
    return { network, host, database, nodes, isolates, restartIsolate: (name) => this.#restartIsolate(name) };
  }

  #restartIsolate(name: string): void {
    const place = this.#isolates.findIndex(({ actor }) => actor.name === name);
    const isolate = this.#isolates[place];
    if (!isolate) return;
    isolate.actor.alive = false;
    this.#options.observe({ kind: "isolate-ended", isolate: name });
    this.#start(place);
  }

  /** What can be seen after each event. */
  async rest(): Promise<void> {
    await this.#tableWatch.look(this.#table());
    this.#options.observe(this.#atRest);
    await this.#lookAtWhatIsOpen();
  }

  async #lookAtWhatIsOpen(): Promise<void> {
    const { clock, observe } = this.#options;
    if (clock.now - this.#lookedAt < LOOK_EVERY_MS) return;
    this.#lookedAt = clock.now;
    const incidents = this.database.look("SELECT id FROM incident WHERE closed_at IS NULL");
    const failovers = (await this.failovers()).filter((record) => !isOver(record));
    const matters = [
      ...incidents.map(({ id }) => `incident ${id}`),
      ...failovers.map(({ from, status }) => `failover of ${from}, ${status}`),
    ];
    observe({ kind: "unsettled", matters });
    observe({ kind: "defended", matters: await this.#defences() });
  }

  async #defences(): Promise<readonly string[]> {
    const defences = (await this.#table()?.read())?.defences ?? new Map<string, Defence>();
    const mitigator = this.host.peek(MITIGATOR) as MitigatorApi | null;
    const attacks = (await mitigator?.status())?.attacks ?? [];
    return [
      ...[...defences].map(([service, { level }]) => `${service} defended by ${level}`),
      ...attacks.map(({ service, state, level }) => `attack on ${service}, ${state}, ${level}`),
    ];
  }

  #start(place: number): void {
    const { scenario, dice, random, observe } = this.#options;
    const { colo = "", site = "" } = scenario.isolates[place] ?? {};
    const actor: Actor = { name: `${colo}-${++this.#lives}`, site, skewMs: skewOf(scenario, dice), alive: true };
    this.#isolates[place] = new Isolate({
      actor,
      env: this.envOf(actor),
      coloCache: this.#cacheOf(colo),
      fetch: (input, init) => this.#fetchAs(actor, String(input), init),
      random: new Random([random.word(), random.word(), random.word()]),
      observe: (observation) => {
        if (actor.alive) observe(observation);
      },
    });
    observe({ kind: "isolate-started", isolate: actor.name });
  }

  /** It counts ages by itself, and not by the clock of who asks. */
  #cacheOf(colo: string): ColoCache {
    const { clock } = this.#options;
    const cache = this.#caches.get(colo) ?? new MemoryCache(() => clock.now);
    this.#caches.set(colo, cache);
    return cache;
  }

  #fetchAs(actor: Actor, url: string, init: RequestInit | undefined): Promise<Response> {
    const request = requestOf(url);
    const node = this.byOrigin.get(new URL(url).origin);
    if (request !== null && node && actor.alive) this.#options.observe({ kind: "try", request, backend: node.backend });
    return fetchFrom(this.network, this.byOrigin, actor, url, init);
  }

  async #carried({ object, method, args, result }: Carried): Promise<void> {
    if (object !== TABLE || method !== "rollback" || !(result as { readonly ok: boolean }).ok) return;
    const to = args[0] as number;
    const before = this.#tableWatch.configuration;
    const configuration = await this.#tableWatch.look(this.#table());
    this.#options.observe({ kind: "rolled-back", to, before, configuration, tableNow: Date.now() });
  }

  #table(): RoutingTableApi | null {
    return this.host.peek(TABLE) as RoutingTableApi | null;
  }
}

export const tableOf = (world: World, actor: Actor): RoutingTableApi => routingTable(world.envOf(actor));

const nameOf = (object: string): string =>
  object === TABLE ? "table" : object.startsWith(MONITOR) ? monitorAt(object.slice(MONITOR.length)) : object;

/** A health monitor is in a region of its location hint, whether or not the run has nodes there. */
function siteOf(object: string, { tableSite, objectSite }: Scenario): string {
  if (object === TABLE) return tableSite;
  const isThere = ([, { locationHint }]: readonly [string, { readonly locationHint: string }]) =>
    object === MONITOR + locationHint;
  return Object.entries(seedRegions).find(isThere)?.[0] ?? objectSite;
}

const skewOf = ({ maxSkewMs }: Scenario, dice: Dice): number => Math.round(dice.between(-maxSkewMs, maxSkewMs));
