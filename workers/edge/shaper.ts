import { Gauge } from "../../src/base/gauge.ts";
import { alternates, type Chosen, type RouteRequest } from "../../src/routing/decide.ts";
import type { View } from "../../src/routing/view.ts";
import { AdaptiveLimit } from "../../src/shaping/adaptive-limit.ts";
import { type BackendId, MAX_BACKENDS } from "../../src/table/backend.ts";
import type { PriorityClass } from "../../src/table/shaping-settings.ts";
import type { BackendEntry, RegionEntry, ServiceEntry } from "../../src/table/snapshot.ts";
import type { Background } from "../background.ts";
import { type Leases, PASSED, type Spent } from "./spend.ts";

/** Backends that are looked at beyond the chosen one. */
const MAX_ALTERNATES = 8;
/** Gauges of classes, and of backends; what has no limit has none. */
const MAX_GAUGES = 10_000;
/** What they count is followed to its end, so that this is only for what keeps the runtime from telling it. */
const GENERATION_MS = 3_600_000;
const NO_GAUGES: readonly Gauge[] = [];
/** What a bucket of a class holds, in seconds of its rate. */
const BURST_SECONDS = 0.25;
/** When those who were shed may come again: the lower the class, the later. A limit moves within a second. */
const RETRY_AFTER_MS: Readonly<Record<PriorityClass, number>> = { critical: 1000, normal: 2000, bulk: 5000 };

/** What there was no room in: the backend, or what the class may have in progress or a second in the region. */
export type Shortage = "backend" | "backend-concurrency" | "class-concurrency" | "class-rate";

/** The chosen backend had no room; another one of the walk has. */
export interface Diverted {
  readonly kind: "diverted";
  readonly chosen: Chosen;
  readonly backend: BackendEntry;
  /** Where the walk goes on from there. */
  readonly others: Iterator<BackendEntry, undefined>;
}

/** No backend had room for the request's class. */
export interface Shed {
  readonly kind: "shed";
  readonly service: string;
  readonly priority: PriorityClass;
  /** Of the chosen backend. */
  readonly shortage: Shortage;
  readonly retryAfterMs: number;
}

export type Placed = Chosen | Diverted | Shed;

/** Finds room for requests at the backends, the higher classes first, and sheds those for whom there is none. */
export class Shaper {
  readonly #leases: Leases;
  readonly #limits = new Map<BackendId, AdaptiveLimit>();
  readonly #gauges = new Map<string, Gauge>();

  constructor(leases: Leases) {
    this.#leases = leases;
  }

  /** Where a request goes first. In the usual case, the chosen backend, at once. */
  place(
    view: View,
    request: RouteRequest,
    priority: PriorityClass,
    chosen: Chosen,
    now: number,
    background: Background,
  ): Placed | Promise<Placed> {
    const { service } = request;
    const isRated = service.service.shaping[priority].perSecond !== null;
    if (!isRated && this.shortage(service, priority, chosen.backend, now) === null) return chosen;
    const others = alternates(view, request, chosen, now);
    return this.#search({
      service,
      priority,
      chosen,
      others,
      now,
      background,
      looked: 0,
      full: new Set(),
      found: null,
    });
  }

  /** Why one more request of a class may not be sent to a backend now, but for the rate; `null` when it may. */
  shortage(service: ServiceEntry, priority: PriorityClass, entry: BackendEntry, now: number): Shortage | null {
    const { shaping } = service.service;
    const { concurrency } = shaping[priority];
    if (concurrency !== null && this.#classGauge(service, priority, entry.region).value(now) >= concurrency)
      return "class-concurrency";
    const { maxConcurrent } = entry.backend;
    if (maxConcurrent !== null && this.#gauge(entry.id).value(now) >= maxConcurrent) return "backend-concurrency";
    if (shaping.adaptiveConcurrency && !this.#limit(entry.id).admits(priority, now)) return "backend";
    return null;
  }

  /** The adaptive limit that a try counts for. */
  limitOf({ service }: ServiceEntry, entry: BackendEntry): AdaptiveLimit | null {
    return service.shaping.adaptiveConcurrency ? this.#limit(entry.id) : null;
  }

  /** The gauges that a request counts for from its try to its end: of its class in the region, and of the backend. */
  gaugesOf(service: ServiceEntry, priority: PriorityClass, entry: BackendEntry): readonly Gauge[] {
    const isClassLimited = service.service.shaping[priority].concurrency !== null;
    if (!isClassLimited && entry.backend.maxConcurrent === null) return NO_GAUGES;
    const gauges: Gauge[] = [];
    if (isClassLimited) gauges.push(this.#classGauge(service, priority, entry.region));
    if (entry.backend.maxConcurrent !== null) gauges.push(this.#gauge(entry.id));
    return gauges;
  }

  #search(search: Search): Placed | Promise<Placed> {
    const { service, priority, chosen, others, now, background } = search;
    for (;;) {
      const backend = search.looked === 0 ? chosen.backend : others.next().value;
      if (!backend || search.looked > MAX_ALTERNATES) return shed(search);
      search.looked += 1;
      if (search.full.has(backend.region)) continue;
      const shortage = this.shortage(service, priority, backend, now);
      if (shortage !== null) {
        note(search, backend, shortage, RETRY_AFTER_MS[priority]);
        continue;
      }
      const spent = this.#spend(service, priority, backend.region, now, background);
      if (spent instanceof Promise)
        return spent.then((late) => (isPassed(search, backend, late) ? placed(search, backend) : this.#search(search)));
      if (isPassed(search, backend, spent)) return placed(search, backend);
    }
  }

  #spend(
    { id, service }: ServiceEntry,
    priority: PriorityClass,
    region: RegionEntry,
    now: number,
    background: Background,
  ): Spent | Promise<Spent> {
    const rate = service.shaping[priority].perSecond;
    if (rate === null) return PASSED;
    const burst = Math.max(1, Math.ceil(rate * BURST_SECONDS));
    const name = `shaping ${id} ${priority} ${region.id}`;
    return this.#leases.spend({ name, rate, periodSeconds: 1, burst, whenUnreachable: "divide" }, 1, now, background);
  }

  #limit(backend: BackendId): AdaptiveLimit {
    let limit = this.#limits.get(backend);
    if (!limit) {
      limit = new AdaptiveLimit();
      if (this.#limits.size >= MAX_BACKENDS) this.#limits.clear();
      this.#limits.set(backend, limit);
    }
    return limit;
  }

  #classGauge({ id }: ServiceEntry, priority: PriorityClass, region: RegionEntry): Gauge {
    return this.#gauge(`${id} ${priority} ${region.id}`);
  }

  /** By the id of a backend, which has no blank, or the name of a class in a region. */
  #gauge(key: string): Gauge {
    let gauge = this.#gauges.get(key);
    if (!gauge) {
      gauge = new Gauge(GENERATION_MS);
      if (this.#gauges.size >= MAX_GAUGES) this.#gauges.clear();
      this.#gauges.set(key, gauge);
    }
    return gauge;
  }
}

/** The look for room of one request. */
interface Search {
  readonly service: ServiceEntry;
  readonly priority: PriorityClass;
  readonly chosen: Chosen;
  readonly others: Iterator<BackendEntry, undefined>;
  readonly now: number;
  readonly background: Background;
  looked: number;
  /** Regions in which the class has no room left, whatever the backend. */
  readonly full: Set<RegionEntry>;
  /** The shortage at the chosen backend. */
  found: { readonly shortage: Shortage; readonly retryAfterMs: number } | null;
}

function note(search: Search, { region }: BackendEntry, shortage: Shortage, retryAfterMs: number): void {
  if (shortage === "class-concurrency" || shortage === "class-rate") search.full.add(region);
  search.found ??= { shortage, retryAfterMs };
}

function isPassed(search: Search, backend: BackendEntry, spent: Spent): boolean {
  if (spent.kind === "short") note(search, backend, "class-rate", spent.retryAfterMs);
  return spent.kind === "passed";
}

const placed = ({ chosen, others }: Search, backend: BackendEntry): Chosen | Diverted =>
  backend === chosen.backend ? chosen : { kind: "diverted", chosen, backend, others };

function shed({ service, priority, found }: Search): Shed {
  const { shortage, retryAfterMs } = found ?? { shortage: "backend", retryAfterMs: RETRY_AFTER_MS[priority] };
  return { kind: "shed", service: service.id, priority, shortage, retryAfterMs };
}
