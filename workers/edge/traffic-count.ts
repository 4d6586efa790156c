import { type ColoObserverApi, NO_COLO } from "../../durable-objects/colo-observer/api.ts";
import type { Random } from "../../src/base/random.ts";
import type { Facts } from "../../src/request/facts.ts";
import { HeavyHitters } from "../../src/shield/traffic/heavy-hitters.ts";
import {
  type LimitCount,
  MAX_SERVICES_A_SECOND,
  type ServiceSecond,
  type TrafficSecond,
} from "../../src/shield/traffic/traffic-second.ts";
import { TraitReader, type TraitSource, traitSource } from "../../src/shield/traits.ts";
import type { RegionId } from "../../src/table/region.ts";
import type { ServiceId } from "../../src/table/service.ts";
import type { Outcome } from "./outcome.ts";
import type { Passage } from "./passage.ts";

/** Seconds are told when they have ended, some time after by isolate, so that not all tell at once. */
const MAX_JITTER_MS = 300;
/** An isolate that had fewer requests in its last telling tells every two seconds. */
const BUSY = 20;
const QUIET_EVERY_S = 2;
/** A telling that has not begun by then was lost with the request in whose background it waited. */
const LOST_AFTER_MS = 4000;
/** Requests of a second and colo of which the traits are told. The observer of the colo keeps no more. */
const MAX_SAMPLES = 64;
/** However many services share them, each has so many. */
const LEAST_SAMPLES = 4;
/** Clients that are counted apart, of each service in a second; and those of them that are told, from so many requests on. */
const CLIENTS = 64;
const MAX_CLIENTS_TOLD = 32;
const LEAST_REQUESTS = 2;
/** Colos told apart. In production an isolate is in one; the local world plays them all in one isolate. */
const MAX_COLOS = 64;
/** Seconds that wait. */
const MAX_SECONDS = 8;
/** What these take in memory, about: a service with its counts by region, and its clients; a request with its path. */
const SERVICE_BYTES = 25_000;
const KEPT_BYTES = 3500;

export interface TrafficCountDeps {
  /** What each limit has done since it was last asked. */
  readonly takeLimitCounts: () => LimitCount[];
  readonly observer: (colo: string) => ColoObserverApi;
  readonly now: () => number;
  /** Resolves after so many milliseconds. */
  readonly sleep: (ms: number) => Promise<void>;
  readonly random: Random;
}

/** A request as it is kept until it is told: its traits are read in the background, and its other fields let go. */
interface Kept {
  readonly facts: TraitSource;
  readonly region: RegionId | null;
  readonly result: string;
}

interface CountedService {
  requests: number;
  readonly cells: Map<RegionId | null, Map<string, number>>;
  readonly kept: Kept[];
  readonly clients: HeavyHitters<RegionId | null>;
}

interface CountedSecond {
  readonly second: number;
  blocked: number;
  readonly services: Map<string, CountedService>;
}

/**
 * What one isolate was asked, second by second, on its way to the observers of its colos. On the path of each request it
 * only counts, in memory of a fixed size. What is lost on the way is lost: it is a second of telemetry.
 */
export class TrafficCount {
  /** What it needs of a colo at the very most, with 13 regions. */
  readonly maxBytes = MAX_SECONDS * (MAX_SERVICES_A_SECOND * SERVICE_BYTES + MAX_KEPT * KEPT_BYTES);
  readonly #deps: TrafficCountDeps;
  readonly #traits = new TraitReader();
  readonly #jitterMs: number;
  #colos = new Map<string, CountedSecond[]>();
  #requests = 0;
  #isBusy = true;
  /** The second of the last request, of which colo, so that most requests look nothing up. */
  #lastColo: string | null = null;
  #last: CountedSecond | null = null;
  #tellAt: number | null = null;

  constructor(deps: TrafficCountDeps) {
    this.#deps = deps;
    this.#jitterMs = Math.floor(deps.random.unit() * MAX_JITTER_MS);
  }

  count(passage: Passage, outcome: Outcome, status: number, background: (work: Promise<unknown>) => void): void {
    const { facts, service } = passage;
    const isBlocked = outcome.kind === "blocked";
    if (facts === null || (service === null && !isBlocked)) return;
    const now = this.#deps.now();
    const counted = this.#secondOf(passage.colo ?? NO_COLO, Math.floor(now / 1000));
    if (counted === null) return;
    this.#requests += 1;
    if (service === null) counted.blocked += 1;
    else {
      const of = serviceOf(counted, service);
      if (of) this.#countIn(of, counted, facts, outcome, status);
    }
    if (this.#tellAt !== null && now < this.#tellAt + LOST_AFTER_MS) return;
    const everyMs = this.#isBusy ? 1000 : QUIET_EVERY_S * 1000;
    this.#tellAt = Math.floor(now / 1000) * 1000 + everyMs + this.#jitterMs;
    background(this.#tell(this.#tellAt - now));
  }

  #countIn(of: CountedService, { services }: CountedSecond, facts: Facts, outcome: Outcome, status: number): void {
    const region = outcome.kind === "forwarded" ? (outcome.entry.region.id as RegionId) : null;
    const result = outcome.kind === "forwarded" ? classOf(status) : outcome.kind;
    of.requests += 1;
    let results = of.cells.get(region);
    if (!results) {
      results = new Map();
      of.cells.set(region, results);
    }
    results.set(result, (results.get(result) ?? 0) + 1);
    of.clients.add(facts.clientKey, 1, region);
    // Vitter's algorithm R: of all that have come, each is as likely to be kept.
    const limit = maxKept(services.size);
    if (of.kept.length < limit) of.kept.push({ facts: traitSource(facts), region, result });
    else {
      const place = this.#deps.random.word() % of.requests;
      if (place < of.kept.length) of.kept[place] = { facts: traitSource(facts), region, result };
    }
  }

  #secondOf(colo: string, second: number): CountedSecond | null {
    if (this.#last !== null && this.#last.second === second && this.#lastColo === colo) return this.#last;
    let seconds = this.#colos.get(colo);
    if (!seconds) {
      if (this.#colos.size >= MAX_COLOS) return null;
      seconds = [];
      this.#colos.set(colo, seconds);
    }
    let counted = seconds.find((each) => each.second === second);
    if (!counted) {
      // Nobody has told them for so long that nobody would listen any more.
      if (seconds.length >= MAX_SECONDS) seconds.shift();
      counted = { second, blocked: 0, services: new Map() };
      seconds.push(counted);
    }
    this.#last = counted;
    this.#lastColo = colo;
    return counted;
  }

  async #tell(afterMs: number): Promise<void> {
    await this.#deps.sleep(afterMs);
    const colos = this.#colos;
    this.#colos = new Map();
    this.#last = null;
    this.#isBusy = this.#requests >= BUSY;
    this.#requests = 0;
    this.#tellAt = null;
    const limits = this.#deps.takeLimitCounts();
    // They are of no one colo: the first tells them.
    await Promise.all([...colos].map(([colo, seconds], i) => this.#send(colo, seconds, i === 0 ? limits : [])));
  }

  async #send(colo: string, seconds: readonly CountedSecond[], limits: readonly LimitCount[]): Promise<void> {
    try {
      const told = seconds.map((each) => this.#inWords(each));
      const last = told.pop();
      if (last) await this.#deps.observer(colo).countTraffic([...told, { ...last, limits }]);
    } catch (error) {
      console.warn(`counts of traffic are lost: the observer of ${colo} cannot be reached`, error);
    }
  }

  #inWords({ second, blocked, services }: CountedSecond): TrafficSecond {
    return { second, blocked, services: [...services].map(([id, counted]) => this.#serviceInWords(id, counted)) };
  }

  #serviceInWords(id: string, { requests, cells, kept, clients }: CountedService): ServiceSecond {
    const weight = requests / Math.max(1, kept.length);
    return {
      service: id as ServiceId,
      cells: [...cells].flatMap(([region, results]) =>
        [...results].map(([result, count]) => ({ region, result, requests: count })),
      ),
      samples: kept.map(({ facts, region, result }) => ({ traits: this.#traits.read(facts), region, result, weight })),
      clients: clients
        .top(MAX_CLIENTS_TOLD, LEAST_REQUESTS)
        .map(({ key, tag, count }) => ({ client: key, region: tag, requests: count })),
    };
  }
}

function serviceOf({ services }: CountedSecond, id: string): CountedService | null {
  let counted = services.get(id);
  if (!counted) {
    if (services.size >= MAX_SERVICES_A_SECOND) return null;
    counted = { requests: 0, cells: new Map(), kept: [], clients: new HeavyHitters(CLIENTS) };
    services.set(id, counted);
  }
  return counted;
}

/** Of each service, while there are so many. */
const maxKept = (services: number): number =>
  services === 1 ? MAX_SAMPLES : Math.max(LEAST_SAMPLES, Math.floor(MAX_SAMPLES / services));
/** Of a second, when each service had all that it may keep as the last that had come. */
const MAX_KEPT = Array.from({ length: MAX_SERVICES_A_SECOND }, (_, i) => maxKept(i + 1)).reduce((a, b) => a + b);

const classes = ["other", "1xx", "2xx", "3xx", "4xx", "5xx"];
const classOf = (status: number): string => classes[Math.floor(status / 100)] ?? "other";
