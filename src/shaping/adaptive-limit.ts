import { Gauge, generationOf } from "../base/gauge.ts";
import { Generations } from "../base/generations.ts";
import type { PriorityClass } from "../table/shaping-settings.ts";
import { Baseline } from "./baseline.ts";
import { Cohort } from "./cohort.ts";

/** Requests in progress at one backend from one isolate. So few are never the cause of a queue that is worth a refusal. */
const FEW = 20;
/** Once there is a limit it may be lower: of a backend that is overloaded by many isolates each has few requests. */
const MIN_LIMIT = 4;
/** The limit of a backend that was never slow, which no isolate reaches. */
export const MAX_LIMIT = 10_000;

/** The part of the limit up to which requests of a class are taken: what is left beyond it is for those above. */
const SHARES: Readonly<Record<PriorityClass, number>> = { critical: 1, normal: 0.85, bulk: 0.6 };

/** The least that is left of the limit by one cut: the first slow cohort may be chance. */
const MIN_GRADIENT = 0.5;
const MIN_FIRST_GRADIENT = 0.8;
/** A backend must have been slow for so long and so many cohorts before there is a limit: a pause for garbage is shorter. */
const SLOW_FOR_MS = 500;
const SLOW_COHORTS = 3;
/** A cut of the requests in progress to this part can be judged: a queue would have become as much shorter... */
const JUDGED_AT = 0.6;
/** ...and has, when the latency has come down to this part at least. */
const HELPED_AT = 0.8;
/**
 * While the limit is felt, the baseline is measured afresh under a part of the limit: so often, and at most every so many
 * times as a request may take.
 */
const PROBE_EVERY_MS = 5000;
/** Who has no request by then leaves this one out: the others will have made way again. */
const PROBE_WITHIN_MS = 250;
const PROBE_EVERY_TIMES = 25;
const REACHED_AT = 0.8;
/** Less than the inverse of the tolerance, or a baseline that is too high would be found again. */
const PROBE_PART = 0.25;
/** Room for one request of each class. */
export const MIN_PROBE = 2;
/** Requests that a probe needs, as few of them are in progress at a time. */
const PROBE_MEMBERS = 5;
/** What the backend has borne without being slow is remembered for so long, or twice as long. */
const BORNE_MS = 60_000;
/** A limit is forgotten when the backend was not slow for so long: it may have been given more machines since. */
const FORGET_MS = 60_000;

/** What was in progress before a cut that waits to be judged, and the latency of it. */
interface Cut {
  readonly reach: number;
  readonly ms: number;
  /** The limit, when it is taken back. */
  readonly restored: number;
}

/**
 * How many requests may be in progress at one backend from one isolate, learned from its latency: the gradient of
 * Netflix's concurrency-limits (Gradient2) and Envoy's adaptive concurrency, `limit × tolerated / measured latency`, but
 *
 * - there is no limit until the backend has been slow for some cohorts, with more in progress than it has borne of late;
 *   the first one is a part of what was in progress, and none is less than what it has borne, but for the moments of
 *   probes. So a start, a jump in demand, long polls, or a machine that is slow for another reason meet none.
 * - what is measured began after the last change of the limit, so that nobody in it has waited in an earlier queue.
 * - while it is felt, a low limit for a moment shows what the backend takes unloaded, as Envoy measures its `minRTT`. All
 *   isolates do so at once by the clock, or each would measure the queue of the others. Gradient2 lets its baseline
 *   drift instead, and so forgets an overload that lasts.
 * - a cut that does not make the backend faster is followed by such a probe, and taken back when that is slow too: it was
 *   not the concurrency.
 *
 * Times in milliseconds.
 */
export class AdaptiveLimit {
  readonly #inFlight = new Gauge();
  readonly #cohort = new Cohort();
  readonly #baseline = new Baseline();
  readonly #borne = new Generations(BORNE_MS, () => ({ reach: 0 }));
  #limit = MAX_LIMIT;
  /** Cohorts in a row that were slow, and the time of the first and the last slow one. */
  #slowCohorts = 0;
  #slowFrom = 0;
  #slowAt = 0;
  #cut: Cut | null = null;
  /** Where the limit returns to after a probe; `null` when there is none. */
  #probedFrom: number | null = null;
  /** Whether the cohort of the probe is the first, in which others still make room. */
  #isSettling = false;
  #probedAt = 0;
  /** When the last cohort came to its end, if it had come near the limit; or infinitely long ago. */
  #reachedAt = Number.NEGATIVE_INFINITY;

  get limit(): number {
    return this.#limit;
  }

  /** What a request takes unloaded; `null` before it has been measured. */
  get baselineMs(): number | null {
    return this.#baseline.ms;
  }

  /** Whether one more request of a class may be sent. */
  admits(priority: PriorityClass, now: number): boolean {
    if (this.#limit === MAX_LIMIT) return true;
    if (Math.abs(now - this.#slowAt) > FORGET_MS) this.#forget(now);
    else if (this.#probedFrom === null && this.#isProbeDue(now)) this.#beginProbe(now);
    return this.#inFlight.value(now) + 1 <= this.#limit * SHARES[priority];
  }

  /** A try begins. Gives its place in the cohort, for `end` or `leave`. */
  begin(priority: PriorityClass, now: number): number {
    // Without a limit, it is not waited for the end of requests that are known to be slow: the queue grows meanwhile.
    if (this.#limit === MAX_LIMIT && this.#cohort.isOverdue(this.#baseline.toleratedMs, now)) this.#learn(now);
    this.#inFlight.begin(now);
    // What would be in progress, if the class could use all of the limit.
    return this.#cohort.begin(this.#inFlight.value(now) / SHARES[priority], now);
  }

  /** It has ended after so long; infinite when it was given up. */
  end(member: number, startedAt: number, ms: number, now: number): void {
    this.#inFlight.end(generationOf(startedAt));
    if (this.#cohort.end(member, ms, now)) this.#learn(now);
  }

  /** It has ended in a way that says nothing of a queue: refused at once, broken off, or as slow as its client. */
  leave(member: number, startedAt: number): void {
    this.#inFlight.end(generationOf(startedAt));
    this.#cohort.leave(member);
  }

  #learn(now: number): void {
    const ms = this.#cohort.medianMs;
    const reach = this.#cohort.meanReach;
    const spanMs = this.#cohort.ageMs(now);
    if (this.#probedFrom !== null) this.#probe(this.#probedFrom, ms);
    else if (ms > this.#baseline.toleratedMs) this.#slow(ms, reach, spanMs, now);
    else if (Number.isFinite(ms)) this.#calm(ms, reach, spanMs, now);
    if (this.#probedFrom === null) this.#cohort.open(now);
    else this.#cohort.open(now, PROBE_MEMBERS);
  }

  #calm(ms: number, reach: number, spanMs: number, now: number): void {
    this.#slowCohorts = 0;
    this.#cut = null;
    this.#reachedAt = Number.NEGATIVE_INFINITY;
    const isFelt = reach >= this.#limit / 2;
    this.#baseline.calm(ms, spanMs, this.#limit === MAX_LIMIT);
    if (this.#limit === MAX_LIMIT) {
      this.#borne.roll(now);
      this.#borne.current.reach = Math.max(this.#borne.current.reach, reach);
      return;
    }
    // Of a limit that is not felt nothing can be learned.
    if (!isFelt) return;
    if (reach >= this.#limit * REACHED_AT) this.#reachedAt = now;
    this.#limit = Math.min(MAX_LIMIT, this.#limit + Math.sqrt(this.#limit));
  }

  /** The most that was in progress of late while the backend was not slow; it is not refused. */
  #borneReach(now: number): number {
    this.#borne.roll(now);
    return Math.max(this.#borne.current.reach, this.#borne.previous.reach);
  }

  /** By the clock, so that edges that share a backend probe it together: what one of them leaves, the others would fill. */
  #isProbeDue(now: number): boolean {
    let everyMs = PROBE_EVERY_MS;
    while (everyMs < PROBE_EVERY_TIMES * this.#baseline.toleratedMs) everyMs *= 2;
    const isNew = Math.abs(now - this.#probedAt) >= PROBE_WITHIN_MS;
    return isNew && now % everyMs < PROBE_WITHIN_MS && now - this.#reachedAt < everyMs;
  }

  #beginProbe(now: number): void {
    this.#probedAt = now;
    this.#probedFrom = this.#limit;
    this.#isSettling = true;
    this.#reachedAt = Number.NEGATIVE_INFINITY;
    this.#cohort.open(now, PROBE_MEMBERS);
    this.#limit = Math.max(MIN_PROBE, this.#limit * PROBE_PART);
  }

  #probe(from: number, ms: number): void {
    if (this.#isSettling) {
      this.#isSettling = false;
      return;
    }
    const isSlow = ms > this.#baseline.toleratedMs;
    this.#baseline.probed(ms);
    this.#limit = isSlow && this.#cut !== null ? Math.max(from, this.#cut.restored) : from;
    this.#cut = null;
    this.#probedFrom = null;
  }

  #slow(ms: number, reach: number, spanMs: number, now: number): void {
    const isLimited = this.#limit < MAX_LIMIT;
    const borne = this.#borneReach(now);
    if (!isLimited && reach <= Math.max(FEW, borne + Math.sqrt(borne))) {
      this.#baseline.slowUnloaded(ms, spanMs);
      this.#slowCohorts = 0;
      return;
    }
    if (this.#slowCohorts === 0) this.#slowFrom = now;
    this.#slowCohorts += 1;
    this.#slowAt = now;
    const isFelt = isLimited && reach >= this.#limit / 2;
    const lasts = this.#slowCohorts >= SLOW_COHORTS && now - this.#slowFrom >= SLOW_FOR_MS;
    if (!isFelt && !lasts) return;
    if (!isLimited) this.#probedAt = now;
    this.#reachedAt = now;
    const inUse = Math.min(this.#limit, reach);
    const cut = this.#cut;
    if (cut === null) this.#cut = { reach: inUse, ms, restored: inUse };
    else if (inUse <= cut.reach * JUDGED_AT) {
      // The next probe judges it.
      if (ms > cut.ms * HELPED_AT) return;
      // Of a cut whose latency was not known it is not known that it helped.
      const restored = Number.isFinite(cut.ms) ? inUse : cut.restored;
      this.#cut = { reach: inUse, ms, restored };
    }
    const least = this.#slowCohorts === 1 ? MIN_FIRST_GRADIENT : MIN_GRADIENT;
    const gradient = Math.max(least, this.#baseline.toleratedMs / ms);
    // As Gradient2 has it, with room for a small queue: edges whose baselines differ by chance would starve one another.
    this.#limit = Math.max(MIN_LIMIT, borne, inUse * gradient + (isLimited ? Math.sqrt(inUse) : 0));
  }

  #forget(now: number): void {
    this.#limit = MAX_LIMIT;
    this.#reachedAt = Number.NEGATIVE_INFINITY;
    this.#cut = null;
    this.#probedFrom = null;
    this.#slowCohorts = 0;
    this.#cohort.open(now);
  }
}
