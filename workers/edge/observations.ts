import type { ColoObserverApi, ColoReport, ProbeSeries } from "../../durable-objects/colo-observer/api.ts";
import { keepRecent } from "../../src/base/keep-recent.ts";
import type { Random } from "../../src/base/random.ts";
import { coloOf } from "../../src/geo/colos.ts";
import type { Point } from "../../src/geo/distance.ts";
import type { Place } from "../../src/geo/place.ts";
import { CountOutbox } from "../../src/health/count-batch.ts";
import { isOutOfBounds } from "../../src/health/region-strain.ts";
import { coordinatesOf } from "../../src/routing/coordinates.ts";
import type { RouteRequest } from "../../src/routing/decide.ts";
import { regionsToExplore } from "../../src/routing/latency/explore.ts";
import { estimateLatency, guessLatency } from "../../src/routing/latency/model.ts";
import { roundTripOf, serverTimeOf } from "../../src/routing/latency/sample.ts";
import { isHealthy, takesNewClients } from "../../src/routing/standing.ts";
import type { View } from "../../src/routing/view.ts";
import type { BackendEntry } from "../../src/table/snapshot.ts";
import type { Background } from "../background.ts";
import { ColoLog } from "./colo-log.ts";
import { type MeasureDeps, measure } from "./measure.ts";
import type { TryResult } from "./try.ts";

/** A colo is reported on so often: at 10,000 isolates that is 1,000 calls a second, spread over 330 objects. */
const REPORT_EVERY_MS = 10_000;
/** The first report does not wait as long, so that what is new to an edge is learned in seconds. */
const FIRST_REPORT_MS = 1000;
/** While a region is out of bounds, and so long after that its end is seen as soon. */
const URGENT_EVERY_MS = 1000;
const URGENT_FOR_MS = 10_000;
/** How often a passing request looks whether there is something to do. */
const LOOK_EVERY_MS = 250;
/** Work that has not ended by then was lost with its request: the platform gives it 30 s. */
const LOST_AFTER_MS = 32_000;
/** Series that wait; an observer gives out fewer. */
const MAX_SERIES = 8;
/** Colos told apart. In production an isolate is in one; the local world plays them all in one isolate. */
const MAX_COLOS = 64;

export interface ObservationDeps extends MeasureDeps {
  readonly observer: (colo: string) => ColoObserverApi;
  readonly random: Random;
}

type Answer = Extract<TryResult, { kind: "response" }>;

/** One colo, as this isolate has a part in its observation. Times in Unix milliseconds. */
interface Watch {
  readonly colo: string;
  /** Of its first client, as far as all of its clients share it. */
  readonly place: Place;
  /** Of the first client whose place is known, for a colo whose own is not; `null` before. */
  from: Point | null;
  readonly log: ColoLog;
  /** What the tries came to, by region. */
  readonly tries: CountOutbox;
  /** To be measured, one after the other. */
  queue: ProbeSeries[];
  reportDueAt: number;
  reportedAt: number;
  urgentUntil: number;
  /** While it reports or measures; one at a time, so that it sends at most one request a second. */
  busyUntil: number;
}

/**
 * What one isolate sees of the roads to the regions and of the demand, and its part in measuring them. Passing requests
 * carry all of it in their background: what they have left in memory is reported to the observer of the colo, which
 * says what to measure. Losing any of it costs only time, but for the counts of tries: these are sent until they arrive.
 */
export class Observations {
  readonly #deps: ObservationDeps;
  /** The name of this isolate among those of a colo. */
  readonly #sender: string;
  readonly #watches = new Map<string, Watch>();
  #last: Watch | null = null;
  #lookAt = Number.NEGATIVE_INFINITY;

  constructor(deps: ObservationDeps) {
    this.#deps = deps;
    this.#sender = deps.random.hex(2);
  }

  /** A request for a service has come, whatever becomes of it. */
  count(service: string, place: Place): void {
    if (place.colo !== null) this.#watch(place, place.colo).log.count(service, place.country);
  }

  /** A try has ended that says something of its backend. */
  tried({ facts: { place } }: RouteRequest, result: TryResult): void {
    if (place.colo === null) return;
    const failed = result.kind === "failure" || result.status >= 500;
    this.#watch(place, place.colo).tries.counts.count(result.entry.region.id, result.ms, failed);
  }

  /**
   * A backend has answered; `bodiless` when the request had no body, whose sending takes round trips of its own. Of the
   * rest no sample is taken where the time says little of the road: of hedged services, since the slow tries are
   * aborted, and of errors, which may be made by somebody on the way.
   */
  answered({ service, facts: { place } }: RouteRequest, answer: Answer, bodiless: boolean): void {
    if (place.colo === null) return;
    const watch = this.#watch(place, place.colo);
    watch.from ??= whereOf(place.colo, place);
    const { log } = watch;
    const { id, region } = answer.entry.region;
    if (service.policy.kind === "latency") log.use(id);
    const { hedgeAfterMs, tryTimeoutMs } = service.service;
    if (!bodiless || hedgeAfterMs !== null || answer.status >= 500) return;
    const at = this.#deps.now();
    if (!log.takeTurn(id, at)) return;
    const serverMs = serverTimeOf(answer.response.headers.get("server-timing"));
    const timing = { elapsedMs: answer.ms, serverMs, timeoutMs: tryTimeoutMs };
    const ms = roundTripOf(timing, whereOf(place.colo, place), region);
    if (ms !== null) log.add({ region: id, ms, at, asn: place.asn, country: place.country });
  }

  /** Does what is due, in the background of the request that passes. */
  advance(view: View, background: Background): void {
    const now = this.#deps.now();
    if (now < this.#lookAt) return;
    this.#lookAt = now + LOOK_EVERY_MS;
    for (const watch of this.#watches.values()) {
      if (now < watch.busyUntil) continue;
      if (isReportDue(watch, view, now)) this.#start(watch, this.#report(watch, view), background);
      else if (watch.queue.length > 0) this.#start(watch, this.#measureNext(watch, view), background);
    }
  }

  #start(watch: Watch, work: Promise<void>, background: Background): void {
    const busyUntil = this.#deps.now() + LOST_AFTER_MS;
    watch.busyUntil = busyUntil;
    background(
      work.finally(() => {
        // Unless it was given up for lost, and another has begun.
        if (watch.busyUntil === busyUntil) watch.busyUntil = Number.NEGATIVE_INFINITY;
      }),
    );
  }

  async #report(watch: Watch, view: View): Promise<void> {
    const { samples, demand, used } = watch.log.take();
    const now = this.#deps.now();
    watch.reportDueAt = now + REPORT_EVERY_MS;
    watch.reportedAt = now;
    const traffic = watch.tries.next(now < watch.urgentUntil, now);
    // While there is work left, no more is asked for; nor while nothing could be learned by it.
    const asks = watch.queue.length === 0 && watch.from !== null;
    const { wanted, others } = asks ? regionsToMeasure(view, watch.place, used, now) : nothing;
    try {
      const report: ColoReport = { samples, demand, wanted, others, traffic };
      const series = await this.#deps.observer(watch.colo).observe(watch.colo, report);
      if (traffic !== null) watch.tries.acknowledge(traffic.sequence);
      watch.queue.push(...series.slice(0, MAX_SERIES - watch.queue.length));
    } catch (error) {
      console.warn(`the observer of ${watch.colo} cannot be reached`, error);
    }
  }

  async #measureNext(watch: Watch, view: View): Promise<void> {
    const { colo, from, log, queue } = watch;
    const series = queue.shift();
    const to = series && targets(view, this.#deps.now()).get(series.region);
    if (!to || from === null) return;
    const seen = await measure(this.#deps, { colo, from, to, times: series.times });
    for (const each of seen) log.add({ region: series.region, ...each, asn: null, country: null });
    watch.reportDueAt = this.#deps.now();
  }

  #watch(place: Place, colo: string): Watch {
    if (this.#last?.colo === colo) return this.#last;
    let watch = this.#watches.get(colo);
    if (!watch) {
      watch = {
        colo,
        place: { ...place, asn: null, country: null, subdivision: null },
        from: whereOf(colo, place),
        log: new ColoLog(),
        tries: new CountOutbox(this.#sender),
        queue: [],
        reportDueAt: this.#deps.now() + FIRST_REPORT_MS,
        reportedAt: Number.NEGATIVE_INFINITY,
        urgentUntil: Number.NEGATIVE_INFINITY,
        busyUntil: Number.NEGATIVE_INFINITY,
      };
      keepRecent(this.#watches, colo, watch, MAX_COLOS);
    }
    this.#last = watch;
    return watch;
  }
}

function isReportDue(watch: Watch, { snapshot }: View, now: number): boolean {
  const { log, tries } = watch;
  if (log.isEmpty && tries.isEmpty) return false;
  if (now >= watch.reportDueAt) return true;
  if (now - watch.reportedAt < URGENT_EVERY_MS) return false;
  for (const region of tries.counts.regions()) {
    const settings = snapshot.table.regions.get(region)?.failover;
    if (settings && isOutOfBounds(tries.counts.figures(region), settings)) watch.urgentUntil = now + URGENT_FOR_MS;
  }
  return now < watch.urgentUntil;
}

/** Where a colo stands; one that is not in the list, as new ones are, is taken to be where its client is. */
const whereOf = (colo: string, place: Place): Point | null => coloOf(colo) ?? coordinatesOf(place);

type Regions = Pick<ColoReport, "wanted" | "others">;
const nothing: Regions = { wanted: [], others: [] };

function regionsToMeasure(view: View, place: Place, used: ReadonlySet<string>, now: number): Regions {
  if (used.size === 0) return nothing;
  const { snapshot } = view;
  const [estimates, guesses] = [estimateLatency(snapshot, place), guessLatency(snapshot, place)];
  const able = targets(view, now);
  const wanted = regionsToExplore(snapshot, estimates, guesses, used).filter((region) => able.has(region));
  return { wanted, others: [...able.keys()].filter((region) => !wanted.includes(region)) };
}

/** The first healthy backend of each region that takes traffic. */
function targets({ snapshot, local }: View, now: number): Map<string, BackendEntry> {
  const first = new Map<string, BackendEntry>();
  for (const entry of snapshot.backends) {
    if (first.has(entry.region.id) || !takesNewClients(entry)) continue;
    if (isHealthy(entry, local, now, "everyone")) first.set(entry.region.id, entry);
  }
  return first;
}
