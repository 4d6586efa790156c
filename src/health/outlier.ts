import { type BackendId, MAX_BACKENDS } from "../table/backend.ts";
import type { Service } from "../table/service.ts";
import type { Health } from "../table/table.ts";

// Figures are the defaults of Envoy's `OutlierDetection` where a service does not set its own.
/** Success rates are compared, and the count of ejections falls by one, once per interval. */
export const OUTLIER_INTERVAL_MS = 10_000;
export const MAX_EJECTION_MS = 300_000;
/** Fewer hosts, or hosts with fewer requests in the interval, say nothing about an outlier. */
const SUCCESS_RATE_MIN_HOSTS = 5;
export const SUCCESS_RATE_MIN_REQUESTS = 100;
/**
 * How far below the mean an outlier lies. One bad host among n lies √(n − 1) σ away at most, so that five hosts are
 * the fewest among which one can stand out.
 */
const SUCCESS_RATE_SIGMAS = 1.9;
/** Services whose success rates are compared in one interval; beyond it a service waits for a later one. */
const MAX_POOLS_PER_INTERVAL = 1000;

/**
 * What counts against a backend: any 5xx that it answers, and failures before an answer. Envoy's defaults make
 * one count of these: `consecutive_5xx` is enforced, gateway failures are a part of it, and local-origin failures
 * (connect, reset, timeout) count as 5xx unless they are split off. The kind is kept as evidence.
 */
export type ErrorKind = "connect" | "timeout" | "reset" | "gateway" | "server-error";

/** The kind of error that a status is, or `null` for a success. */
export function errorOfStatus(status: number): ErrorKind | null {
  if (status < 500) return null;
  return status >= 502 && status <= 504 ? "gateway" : "server-error";
}

/** The limits of the service whose request it was. Made once for a table, and passed by reference. */
export interface EjectionLimits extends Pick<Service, "ejectAfterErrors" | "ejectionSeconds" | "maxEjectedPercent"> {
  /** The service's backends. A map by backend id will do. */
  readonly pool: { has(id: string): boolean; readonly size: number };
}

export type EjectionCause =
  | { readonly kind: "consecutive-errors"; readonly errors: number; readonly last: ErrorKind }
  /** Rates are 0 to 1; the backend's was below the threshold. */
  | { readonly kind: "success-rate"; readonly rate: number; readonly threshold: number };

/** Times are Unix milliseconds. `until` is exclusive. */
export interface Ejection {
  readonly backend: BackendId;
  readonly at: number;
  readonly until: number;
  /** The factor of the base time: how often it was ejected of late. */
  readonly times: number;
  readonly cause: EjectionCause;
}

/** What one isolate has seen of one backend. Kept as one mutable record so that a request allocates nothing. */
interface Host {
  readonly backend: BackendId;
  consecutiveErrors: number;
  requests: number;
  errors: number;
  ejection: Ejection | null;
  ejections: number;
  returnedAt: number;
}

/**
 * How many of `size` backends may be ejected at once: the share, though always one, and never the last one,
 * since without it nobody would be served better.
 */
export function maxEjected(size: number, percent: number): number {
  return Math.max(0, Math.min(size - 1, Math.max(1, Math.floor((size * percent) / 100))));
}

/**
 * Passive health of one isolate, in the manner of Envoy's outlier detection: a backend that fails real traffic is
 * ejected for a while. Costs one map look-up per request; once per interval, a pass over the hosts seen.
 *
 * A plan made from `isEjected` holds until `revision` changes or `nextChangeAt` is reached; `advance` then lets
 * the expired ones return. Ejection is an opinion of this isolate: a service whose every backend is down or
 * ejected should be tried as if none were ejected (Envoy's panic), which is the router's to do.
 */
export class OutlierDetector {
  readonly #hosts = new Map<BackendId, Host>();
  readonly #ejected = new Map<BackendId, Host>();
  /** The services that had an error in this interval; where there was none, there is no outlier. */
  readonly #pools = new Set<EjectionLimits>();
  readonly #untold: Ejection[] = [];
  #intervalEndsAt = 0;
  #revision = 0;
  #nextChangeAt = Number.POSITIVE_INFINITY;

  /** Differs whenever the set of ejected backends does. */
  get revision(): number {
    return this.#revision;
  }

  /** When the next ejection ends, in Unix milliseconds; infinite when there is none. */
  get nextChangeAt(): number {
    return this.#nextChangeAt;
  }

  isEjected(backend: BackendId, now: number): boolean {
    const ejection = this.#ejected.get(backend)?.ejection;
    return ejection != null && now < ejection.until;
  }

  /** The ejections since the last call, whatever caused them. At most one for each backend that can be ejected. */
  takeUntold(): readonly Ejection[] {
    return this.#untold.splice(0);
  }

  /** The ejections in force, for explanations and telemetry. */
  ejections(now: number): readonly Ejection[] {
    return [...this.#ejected.values()].flatMap(({ ejection }) => (ejection && now < ejection.until ? [ejection] : []));
  }

  /** A success while ejected (a request in flight, or panic) changes nothing: the ejection runs its time. */
  onSuccess(backend: BackendId, now: number): void {
    this.#roll(now);
    const host = this.#host(backend);
    if (!host || host.ejection) return;
    host.consecutiveErrors = 0;
    host.requests += 1;
  }

  /** Yields the ejection when this error was one too many. */
  onError(backend: BackendId, kind: ErrorKind, now: number, limits: EjectionLimits): Ejection | null {
    this.#roll(now);
    const host = this.#host(backend);
    if (!host || host.ejection) return null;
    if (this.#pools.size < MAX_POOLS_PER_INTERVAL) this.#pools.add(limits);
    host.requests += 1;
    host.errors += 1;
    host.consecutiveErrors += 1;
    if (host.consecutiveErrors < limits.ejectAfterErrors) return null;
    const errors = host.consecutiveErrors;
    // Counted anew after a refusal too, so that the share is not computed for each error of a large failure.
    host.consecutiveErrors = 0;
    return this.#eject(host, { kind: "consecutive-errors", errors, last: kind }, now, limits);
  }

  /** Takes a newly published table: forgets backends that are gone, and heeds newer evidence of active health. */
  observe(table: { readonly backends: { has(id: string): boolean }; readonly health: Health }, now: number): void {
    this.advance(now);
    const before = this.#ejected.size;
    for (const host of this.#ejected.values()) {
      const verdict = table.health.get(host.backend);
      // Up all along is older evidence than the errors; up since then is newer.
      const newer = verdict?.status === "up" && host.ejection !== null && verdict.since > host.ejection.at;
      if (newer || !table.backends.has(host.backend)) this.#lift(host, now);
    }
    for (const backend of this.#hosts.keys()) if (!table.backends.has(backend)) this.#hosts.delete(backend);
    if (this.#ejected.size !== before) this.#changed();
  }

  /** Lets the backends whose time is over return. Free until `nextChangeAt`. */
  advance(now: number): void {
    if (now < this.#nextChangeAt) return;
    for (const host of this.#ejected.values()) {
      if (host.ejection && now >= host.ejection.until) this.#lift(host, host.ejection.until);
    }
    this.#changed();
  }

  #host(backend: BackendId): Host | undefined {
    const known = this.#hosts.get(backend);
    // The bound holds whatever is asked; backends of former tables are dropped by `observe`.
    if (known || this.#hosts.size >= MAX_BACKENDS) return known;
    const host: Host = {
      backend,
      consecutiveErrors: 0,
      requests: 0,
      errors: 0,
      ejection: null,
      ejections: 0,
      returnedAt: 0,
    };
    this.#hosts.set(backend, host);
    return host;
  }

  #eject(host: Host, cause: EjectionCause, now: number, limits: EjectionLimits): Ejection | null {
    if (!limits.pool.has(host.backend)) return null;
    let ejected = 0;
    for (const id of this.#ejected.keys()) if (limits.pool.has(id)) ejected += 1;
    if (ejected >= maxEjected(limits.pool.size, limits.maxEjectedPercent)) return null;

    const baseMs = limits.ejectionSeconds * 1000;
    const healthyIntervals = Math.floor(Math.max(0, now - host.returnedAt) / OUTLIER_INTERVAL_MS);
    const times = Math.max(0, host.ejections - healthyIntervals) + 1;
    // The count stops where the time does: it would take as many healthy intervals to fall again.
    host.ejections = Math.min(times, Math.ceil(MAX_EJECTION_MS / baseMs));
    const until = now + Math.min(baseMs * times, MAX_EJECTION_MS);
    host.ejection = { backend: host.backend, at: now, until, times: host.ejections, cause };
    this.#ejected.set(host.backend, host);
    this.#untold.push(host.ejection);
    this.#changed();
    return host.ejection;
  }

  #lift(host: Host, at: number): void {
    host.ejection = null;
    host.returnedAt = at;
    host.consecutiveErrors = 0;
    host.requests = 0;
    host.errors = 0;
    this.#ejected.delete(host.backend);
  }

  #changed(): void {
    this.#revision += 1;
    this.#nextChangeAt = Number.POSITIVE_INFINITY;
    for (const { ejection } of this.#ejected.values()) {
      if (ejection) this.#nextChangeAt = Math.min(this.#nextChangeAt, ejection.until);
    }
  }

  #roll(now: number): void {
    this.advance(now);
    if (now < this.#intervalEndsAt) return;
    // After a pause in traffic the counts are too old to eject anybody now.
    const recent = now < this.#intervalEndsAt + OUTLIER_INTERVAL_MS;
    if (recent) for (const limits of this.#pools) this.#ejectOutliers(limits, now);
    this.#pools.clear();
    for (const host of this.#hosts.values()) {
      host.requests = 0;
      host.errors = 0;
    }
    this.#intervalEndsAt = now + OUTLIER_INTERVAL_MS;
  }

  #ejectOutliers(limits: EjectionLimits, now: number): void {
    const busy: Host[] = [];
    for (const host of this.#hosts.values()) {
      const counts = host.requests >= SUCCESS_RATE_MIN_REQUESTS && host.ejection === null;
      if (counts && limits.pool.has(host.backend)) busy.push(host);
    }
    if (busy.length < SUCCESS_RATE_MIN_HOSTS) return;
    const threshold = successRateThreshold(busy.map(successRate));
    // The worst first, since the share may not suffice for all.
    for (const host of busy.sort((a, b) => successRate(a) - successRate(b))) {
      const rate = successRate(host);
      if (rate >= threshold) return;
      this.#eject(host, { kind: "success-rate", rate, threshold }, now, limits);
    }
  }
}

/** Envoy: mean − 1.9 population standard deviations of the hosts' success rates, each 0 to 1. */
function successRateThreshold(rates: readonly number[]): number {
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
  const variance = rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0) / rates.length;
  return mean - SUCCESS_RATE_SIGMAS * Math.sqrt(variance);
}

function successRate(host: Host): number {
  return 1 - host.errors / host.requests;
}
