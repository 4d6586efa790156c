import type { ColoObserverApi } from "../../durable-objects/colo-observer/api.ts";
import type { RateLimiterApi } from "../../durable-objects/rate-limiter/api.ts";
import type { RoutingTableApi } from "../../durable-objects/routing-table/api.ts";
import type { Ip } from "../../src/base/ip.ts";
import type { Random } from "../../src/base/random.ts";
import { type EjectionCause, errorOfStatus, OutlierDetector } from "../../src/health/outlier.ts";
import { RetryBudget } from "../../src/proxy/retry-budget.ts";
import { RequestIds } from "../../src/request/request-id.ts";
import { Traffic } from "../../src/routing/traffic.ts";
import { makeView, type View } from "../../src/routing/view.ts";
import type { BackendId } from "../../src/table/backend.ts";
import { MAX_SERVICES } from "../../src/table/service.ts";
import type { ServiceEntry, Snapshot } from "../../src/table/snapshot.ts";
import type { ColoCache } from "../shared-replies.ts";
import { type SnapshotHealth, SnapshotSource } from "../snapshot-source.ts";
import type { AffinityCookies } from "./affinity.ts";
import { courseOf, occasionOf } from "./course.ts";
import { Observations } from "./observations.ts";
import type { Outcome } from "./outcome.ts";
import type { Passage } from "./passage.ts";
import { Reporter } from "./reporter.ts";
import { Shaper } from "./shaper.ts";
import { Shield } from "./shield.ts";
import { Traces } from "./traces.ts";
import type { TryResult } from "./try.ts";

/** Everything that the edge needs from outside, passed in. */
export interface EdgeDeps {
  readonly table: () => RoutingTableApi;
  readonly coloCache: ColoCache;
  readonly observer: (colo: string) => ColoObserverApi;
  /** The owner of a bucket by its name. */
  readonly limiter: (name: string) => RateLimiterApi;
  readonly fetch: typeof fetch;
  readonly now: () => number;
  /** Resolves after so many milliseconds. */
  readonly sleep: (ms: number) => Promise<void>;
  /** Resolves in another turn of the event loop. */
  readonly pause: () => Promise<void>;
  readonly random: Random;
  readonly countryByIp: (ip: Ip) => string | null;
  readonly affinity: AffinityCookies;
  /** Signs challenges and clearances. */
  readonly challengeSecret: string;
  /** `null` where there is none: services that ask for Turnstile get a puzzle. */
  readonly turnstileSecret: string | null;
}

/** What one isolate knows and remembers between requests. */
export class Edge {
  readonly fetch: typeof fetch;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly random: Random;
  readonly countryByIp: (ip: Ip) => string | null;
  readonly affinity: AffinityCookies;
  readonly observations: Observations;
  readonly requestIds: RequestIds;
  readonly shield: Shield;
  readonly shaper: Shaper;
  readonly #source: SnapshotSource;
  readonly #traces: Traces;
  readonly #outliers = new OutlierDetector();
  readonly #traffic = new Traffic();
  readonly #reporter: Reporter;
  readonly #budgets = new Map<string, RetryBudget>();
  #view: View | null = null;
  #ejected: { readonly revision: number; readonly backends: readonly BackendId[] } = { revision: 0, backends: [] };

  constructor(deps: EdgeDeps) {
    this.fetch = deps.fetch;
    this.now = deps.now;
    this.sleep = deps.sleep;
    this.random = deps.random;
    this.countryByIp = deps.countryByIp;
    this.affinity = deps.affinity;
    this.observations = new Observations(deps);
    this.#source = new SnapshotSource(deps, "routing");
    this.requestIds = new RequestIds(deps.random);
    this.#traces = new Traces(deps);
    this.shield = new Shield(deps);
    this.shaper = new Shaper(this.shield.limits);
    this.#reporter = new Reporter(deps.table);
  }

  get health(): SnapshotHealth {
    return this.#source.health;
  }

  /** What to decide from now; `null` when no table has ever been read. At once in the steady state. */
  view(background: (work: Promise<unknown>) => void): View | Promise<View | null> {
    const snapshot = this.#source.get(background);
    if (snapshot instanceof Promise) return snapshot.then((value) => (value === null ? null : this.#viewOf(value)));
    return this.#viewOf(snapshot);
  }

  #viewOf(snapshot: Snapshot): View {
    const now = this.now();
    if (this.#view?.snapshot === snapshot) {
      this.#outliers.advance(now);
      return this.#view;
    }
    this.#outliers.observe({ backends: snapshot.table.backends, health: snapshot.health }, now);
    this.#view = makeView(snapshot, this.#outliers, this.#traffic);
    return this.#view;
  }

  /** The backends that are ejected here; the same list for as long as they are. */
  ejected(now: number): readonly BackendId[] {
    const { revision } = this.#outliers;
    if (this.#ejected.revision !== revision)
      this.#ejected = { revision, backends: this.#outliers.ejections(now).map(({ backend }) => backend) };
    return this.#ejected.backends;
  }

  /** The retry budget of a service. */
  retryBudget(service: string): RetryBudget {
    let budget = this.#budgets.get(service);
    if (!budget) {
      if (this.#budgets.size >= MAX_SERVICES) this.#budgets.clear();
      budget = new RetryBudget();
      this.#budgets.set(service, budget);
    }
    return budget;
  }

  /** Passive health: learns from a try, ejects failing backends here at once, and tells the table. */
  observe(service: ServiceEntry, result: TryResult): void {
    const error = result.kind === "failure" ? result.error : errorOfStatus(result.status);
    const backend = result.entry.id;
    const before = this.#outliers.revision;
    if (error === null) this.#outliers.onSuccess(backend, this.now());
    else this.#outliers.onError(backend, error, this.now(), service.ejection);
    if (this.#outliers.revision === before) return;
    for (const ejection of this.#outliers.takeUntold())
      this.#reporter.suspect(ejection.backend, inWords(ejection.cause));
  }

  /** Traces a request that has ended: one that went wrong in any case, another by chance. */
  trace(passage: Passage, outcome: Outcome, response: Response, background: (work: Promise<unknown>) => void): void {
    const occasion = occasionOf(outcome) ?? (this.#isSampled(passage) ? "sampled" : null);
    if (occasion === null) return;
    passage.stale = this.#source.health.error !== null;
    const course = courseOf(outcome, response.status, this.now() - passage.startedAt);
    this.#traces.add(passage, occasion, course, background);
  }

  #isSampled({ request }: Passage): boolean {
    return request !== null && this.random.unit() * 100 < request.service.service.tracePercent;
  }

  /** Sends what has been learned since to those who collect it, in the background. Free when there is nothing. */
  report(background: (work: Promise<unknown>) => void): void {
    this.#reporter.flush(background);
    if (this.#view !== null) this.observations.advance(this.#view, background);
  }
}

function inWords(cause: EjectionCause): string {
  if (cause.kind === "consecutive-errors") return `${cause.errors} errors in a row, the last ${cause.last}`;
  return `success rate ${cause.rate.toFixed(3)}, below ${cause.threshold.toFixed(3)}`;
}
