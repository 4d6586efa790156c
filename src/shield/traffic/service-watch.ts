import { z } from "zod";
import type { Random } from "../../base/random.ts";
import type { ServiceId } from "../../table/service.ts";
import type { DetectorState } from "../anomaly/detector.ts";
import { severityOf } from "../anomaly/event.ts";
import { type AttackReport, MAX_CULPRITS, REPORT_SECONDS } from "../attack.ts";
import { countLetBe, isHeldBack, mayBecomeUsual } from "./acceptance.ts";
import { Additions } from "./additions.ts";
import { explain } from "./explain-attack.ts";
import { Habits, habitsSchema } from "./habits.ts";
import {
  eventsOf,
  holdAttack,
  isUnsettled,
  type OpenAttack,
  openAttackSchema,
  type Sighted,
  sightOf,
} from "./open-attack.ts";
import { resample, scaleTo } from "./resample.ts";
import { type SeriesBudget, type SeriesJudgement, SeriesSet, TOTAL } from "./series-set.ts";
import type { Slice } from "./slice.ts";
import { VisibleEvents } from "./visible-events.ts";

/** Samples that a report shows. */
const MAX_RECENT_SAMPLES = 500;

export const serviceRecordSchema = z.object({ habits: habitsSchema, attack: openAttackSchema.nullable() });
export type ServiceRecord = z.infer<typeof serviceRecordSchema>;

/** A second of a service, judged. */
export interface Watched {
  /** `null` while there is no attack. */
  readonly report: AttackReport | null;
  /** The second that has proved to be quiet by this one, if any. */
  readonly quiet: Slice | null;
}

/** Results of requests that the shield let pass: the class of a status, or that no backend answered. */
const passedResult = /^([1-5]xx|none-healthy|forward-failed)$/;

function passedOf({ counts }: Slice): number {
  let sum = 0;
  for (const [result, requests] of counts.get("status") ?? []) if (passedResult.test(result)) sum += requests;
  return sum;
}

/** One service as one scope sees it: its series, what is usual for it, and the attack on it that is open. */
export class ServiceWatch {
  readonly #service: ServiceId;
  readonly #scope: string;
  readonly #random: Random;
  readonly #series: SeriesSet;
  readonly #habits: Habits;
  readonly #visible = new VisibleEvents();
  readonly #additions = new Additions();
  #attack: OpenAttack | null;
  #recent: Slice[] = [];
  /** What could be seen of the attack in these. */
  #sighted: Sighted[] = [];
  #judged: readonly SeriesJudgement[] = [];
  #servedAt: number;

  constructor(
    name: { readonly service: ServiceId; readonly scope: string },
    options: { readonly budget: SeriesBudget; readonly random: Random; readonly second: number },
    record: ServiceRecord | null = null,
    series: ReadonlyMap<string, DetectorState> = new Map(),
  ) {
    this.#service = name.service;
    this.#scope = name.scope;
    this.#random = options.random;
    this.#servedAt = options.second;
    this.#series = new SeriesSet(options.budget, series);
    this.#habits = new Habits(options.random, record?.habits);
    this.#attack = record?.attack ?? null;
  }

  get record(): ServiceRecord {
    return { habits: this.#habits.record, attack: this.#attack };
  }

  get series(): SeriesSet {
    return this.#series;
  }

  get attack(): OpenAttack | null {
    return this.#attack;
  }

  /** How the last second was judged. */
  get judged(): readonly SeriesJudgement[] {
    return this.#judged;
  }

  /** The last second with a request. Unix seconds. */
  get servedAt(): number {
    return this.#servedAt;
  }

  observe(slice: Slice): Watched {
    const at = slice.second * 1000;
    if (slice.total > 0) this.#servedAt = slice.second;
    this.#recent = [...this.#recent, slice].slice(-REPORT_SECONDS);
    const before = this.#attack;
    this.#judged = this.#series.observe(slice, before === null || mayBecomeUsual(before, at));
    const added = this.#additions.take(this.#judged, at);
    const visible = this.#visible.among(this.#judged, before !== null, at);
    const events = eventsOf(visible, before !== null);
    const held = holdAttack(before, events, at, () => this.#newId(slice.second));
    const letBeS = countLetBe(held?.letBeS ?? 0, isHeldBack(slice, this.#habits.shares));
    this.#attack = held && { ...held, letBeS, onTop: [...new Set([...held.onTop, ...added])] };
    const attack = this.#attack ?? before;
    // How far out a silence was says nothing of the flood that it has become.
    const earlier = attack?.direction === before?.direction ? this.#sighted : [];
    this.#sighted = attack === null ? [] : [...earlier, sightOf(visible, attack)].slice(-REPORT_SECONDS);
    if (attack !== null) {
      this.#habits.forgetPending();
      return { report: this.#report(attack, this.#attack === null ? "ended" : "ongoing", at), quiet: null };
    }
    // What may be the beginning of one is not taken for quiet either.
    if (this.#judged.some(isUnsettled)) return { report: null, quiet: null };
    const quiet = this.#habits.learn(slice);
    if (quiet) this.#series.adapt(this.#habits.shares);
    return { report: null, quiet };
  }

  #newId = (second: number): string => `${second.toString(36)}-${this.#random.hex(1)}`;

  #report(attack: OpenAttack, state: AttackReport["state"], at: number): AttackReport {
    const seconds = this.#recent.length;
    const total = this.#judged.find(({ dimension }) => dimension === TOTAL);
    const actual = this.#recent.reduce((sum, slice) => sum + slice.total, 0) / Math.max(1, seconds);
    const expected = Math.max(0, total?.judgement.expected ?? 0);
    const added = this.#addedExcess;
    const samples = this.#recent.flatMap((slice) => slice.samples);
    const recent = resample(samples, MAX_RECENT_SAMPLES, this.#random.unit());
    const plain = recent.map(({ traits, weight }) => ({ traits, weight }));
    return {
      id: attack.id,
      service: this.#service,
      scope: this.#scope,
      state,
      at,
      startedAt: attack.startedAt,
      lastOutAt: attack.lastOutAt,
      direction: attack.direction,
      severity: attack.severity,
      ...this.#now,
      sigmas: attack.sigmas,
      expected: added > 0 ? Math.max(0, Math.min(expected, actual - added)) : expected,
      actual,
      passed: this.#recent.reduce((sum, slice) => sum + passedOf(slice), 0) / Math.max(1, seconds),
      explanations: explain(this.#recent, this.#habits.shares, expected, attack.direction),
      recent: scaleTo(plain, actual),
      usual: scaleTo(this.#habits.samples.all, this.#habits.shares.rate),
      culprits: attack.direction === "flood" ? this.#culprits() : [],
    };
  }

  /** By the seconds in which something was more than moved, if there are any. */
  get #now(): Pick<AttackReport, "severityNow" | "hasMoved"> {
    const seen = this.#sighted.filter(({ distance }) => distance !== null);
    const added = seen.filter(({ hasMoved }) => !hasMoved);
    const distances = (added.length > 0 ? added : seen).map(({ distance }) => distance ?? 0);
    const severityNow = distances.length === 0 ? "none" : severityOf(Math.max(...distances));
    return { severityNow, hasMoved: seen.length > 0 && added.length === 0 };
  }

  /** What parts have on top, where the total does not show it: of all dimensions, which are of the same requests, the most. */
  get #addedExcess(): number {
    const last = this.#sighted.at(-1);
    if (last?.hasMoved !== false || last.series.some(({ dimension }) => dimension === TOTAL)) return 0;
    const byDimension = [...Map.groupBy(last.series, ({ dimension }) => dimension).values()];
    const sums = byDimension.map((parts) => parts.reduce((sum, each) => sum + this.#additions.excessOf(each), 0));
    return Math.max(0, ...sums);
  }

  #culprits(): AttackReport["culprits"] {
    const requests = new Map<string, number>();
    for (const { clients } of this.#recent)
      for (const row of clients) requests.set(row.client, (requests.get(row.client) ?? 0) + row.requests);
    const last = this.#recent.at(-1)?.second ?? 0;
    return [...requests]
      .sort(([, a], [, b]) => b - a)
      .slice(0, MAX_CULPRITS)
      .map(([client, count]) => ({
        client,
        perSecond: count / Math.max(1, this.#recent.length),
        usualPerSecond: this.#habits.clients.peak(client, last),
      }));
  }
}
