import type { Random } from "../../base/random.ts";
import type { ServiceId } from "../../table/service.ts";
import type { DetectorState } from "../anomaly/detector.ts";
import { requestsASecond, type Sensitivity } from "../anomaly/sensitivity.ts";
import type { AttackReport } from "../attack.ts";
import { LimitTotals } from "./limit-totals.ts";
import { Refusals, type Refused } from "./refusals.ts";
import type { SeriesBudget } from "./series-set.ts";
import { type ServiceRecord, ServiceWatch } from "./service-watch.ts";
import { emptySlice, type Slice, sliceOf } from "./slice.ts";
import { TrafficTally } from "./tally.ts";
import type { LimitCount, TrafficSecond } from "./traffic-second.ts";

/** A second is judged when it has ended so long ago: what comes later is dropped. Milliseconds. */
export const LATE_MS = 2000;
/** Who comes so many seconds late was away, and what was told meanwhile is lost: that is no silence. */
const MAX_CATCH_UP = 10;
/** A clock that goes back by more is believed, and what was open is dropped. */
const MAX_BACK_S = 5;
/** Services that are watched, and series over all of them. A series takes some 30 kB. */
const MAX_SERVICES = 100;
const MAX_SERIES = 400;
/** A service without a request for so long is watched no more. */
const FORGET_AFTER_S = 6 * 3600;
/** Without a request for any service for so long, which is longer than a silence is held, there is nothing to judge. */
const REST_AFTER_S = 4000;
/** Reports of one second, the worst attacks first; the end of one is always told. */
const MAX_REPORTS = 10;

const limits = { samples: 20_000, clients: 250, leastRequests: 1 };

/** What became of the seconds that have been judged. */
export interface Findings {
  /** The last of each attack. */
  readonly reports: readonly AttackReport[];
  /** Seconds that have proved to be quiet. */
  readonly quiet: readonly Slice[];
}

/** What a detector was told since it began. */
export interface TrafficCounters {
  /** Seconds of traffic, each as often as somebody told of it; */
  readonly heard: number;
  /** of these, the ones that had been judged already and no longer counted. */
  readonly late: number;
  /** Requests that the blacklist refused. */
  readonly blocked: number;
}

/** What outlives the memory of a detector, by service. */
export interface ServiceMemory {
  readonly service: ServiceId;
  readonly record: ServiceRecord;
  readonly series: ReadonlyMap<string, DetectorState>;
}

export interface TrafficDetectorOptions {
  /** A region, or `global`. */
  readonly scope: string;
  readonly random: Random;
  /** Seconds of traffic without which nothing is called an attack. */
  readonly leastAgeSeconds: number;
  readonly memories?: readonly ServiceMemory[];
  /** Unix milliseconds. */
  readonly now: number;
}

/** Tells attacks from what is usual for each service, second by second, in bounded memory whatever comes. */
export class TrafficDetector {
  readonly #scope: string;
  readonly #random: Random;
  readonly #budget: SeriesBudget;
  readonly #tally: TrafficTally;
  readonly #watches = new Map<ServiceId, ServiceWatch>();
  /** The second to be judged next; `null` before anything was told, and at rest. */
  #next: number | null = null;
  #toldAt = 0;
  #heard = 0;
  #late = 0;
  #blocked = 0;
  readonly #refusals = new Refusals();
  readonly #limitTotals = new LimitTotals();

  constructor({ scope, random, leastAgeSeconds, memories = [], now }: TrafficDetectorOptions) {
    this.#scope = scope;
    this.#random = random;
    const sensitivity: Sensitivity = { ...requestsASecond, leastAge: leastAgeSeconds };
    this.#budget = { sensitivity, mayAdd: () => this.seriesCount < MAX_SERIES };
    this.#tally = new TrafficTally(limits, random);
    const second = Math.floor(now / 1000);
    for (const { service, record, series } of memories.slice(0, MAX_SERVICES))
      this.#watches.set(service, this.#watch(service, second, record, series));
  }

  get watches(): ReadonlyMap<ServiceId, ServiceWatch> {
    return this.#watches;
  }

  get seriesCount(): number {
    return [...this.#watches.values()].reduce((sum, { series }) => sum + series.size, 0);
  }

  get counters(): TrafficCounters {
    return { heard: this.#heard, late: this.#late, blocked: this.#blocked };
  }

  /** Requests that the shield refused in the last minute of what is judged by now (Unix milliseconds). */
  refusedUntil(now: number): Refused {
    return this.#refusals.until(Math.floor((now - LATE_MS) / 1000) - 1);
  }

  /** What each limit did in the last hour until now (Unix milliseconds). */
  limitsUntil(now: number): LimitCount[] {
    return this.#limitTotals.until(Math.floor(now / 1000));
  }

  /** When `judge` has something to do next, Unix milliseconds; `null` while nobody tells anything. */
  get dueAt(): number | null {
    return this.#next === null ? null : (this.#next + 1) * 1000 + LATE_MS;
  }

  add(seconds: readonly TrafficSecond[]): void {
    for (const each of seconds) {
      this.#toldAt = Math.max(this.#toldAt, each.second);
      this.#heard += 1;
      this.#blocked += each.blocked;
      this.#limitTotals.add(each.second, each.limits ?? []);
      if (this.#next === null) {
        // The first second is one of which others may have told somebody before.
        this.#next = each.second + 1;
        continue;
      }
      if (each.second >= this.#next) this.#tally.add(each);
      else this.#late += 1;
    }
  }

  /** Judges the seconds that are complete by now. */
  judge(now: number): Findings {
    const end = Math.floor((now - LATE_MS) / 1000);
    if (this.#next === null) return { reports: [], quiet: [] };
    const behind = end - this.#next;
    if (behind < -MAX_BACK_S || behind > MAX_CATCH_UP) this.#beginAnew(end);
    const reports = new Map<string, AttackReport>();
    const quiet: Slice[] = [];
    for (let second = this.#next; second < end; second++) this.#judgeSecond(second, reports, quiet);
    this.#next = Math.max(this.#next, end);
    if (end - this.#toldAt > REST_AFTER_S) this.#next = null;
    return { reports: worstOf([...reports.values()]), quiet };
  }

  #judgeSecond(second: number, reports: Map<string, AttackReport>, quiet: Slice[]): void {
    const told = this.#tally.takeBefore(second + 1).at(-1);
    if (told !== undefined) this.#refusals.add(told);
    const traffic = new Map(told?.services.map((each) => [each.service, each]));
    for (const service of traffic.keys()) {
      if (this.#watches.has(service)) continue;
      if (this.#watches.size < MAX_SERVICES) this.#watches.set(service, this.#watch(service, second));
    }
    for (const [service, watch] of this.#watches) {
      const counted = traffic.get(service);
      const slice = counted ? sliceOf(second, counted, this.#random.unit()) : emptySlice(second);
      const watched = watch.observe(slice);
      if (watched.report) reports.set(watched.report.id, watched.report);
      if (watched.quiet) quiet.push(watched.quiet);
      if (watch.attack === null && second - watch.servedAt > FORGET_AFTER_S) this.#watches.delete(service);
    }
  }

  #beginAnew(end: number): void {
    this.#tally.take();
    this.#next = end + 1;
    this.#toldAt = Math.min(this.#toldAt, end);
  }

  #watch(
    service: ServiceId,
    second: number,
    record: ServiceRecord | null = null,
    series: ReadonlyMap<string, DetectorState> = new Map(),
  ): ServiceWatch {
    const options = { budget: this.#budget, random: this.#random, second };
    return new ServiceWatch({ service, scope: this.#scope }, options, record, series);
  }
}

function worstOf(reports: readonly AttackReport[]): AttackReport[] {
  const ended = reports.filter(({ state }) => state === "ended");
  const ongoing = reports
    .filter(({ state }) => state === "ongoing")
    .sort((a, b) => Math.abs(b.actual - b.expected) - Math.abs(a.actual - a.expected));
  return [...ended, ...ongoing.slice(0, MAX_REPORTS)];
}
