import { Gauge, generationOf } from "../base/gauge.ts";
import type { PriorityClass } from "../table/shaping-settings.ts";
import { Baseline } from "./baseline.ts";
import { Cohort } from "./cohort.ts";

/** Requests in progress at one backend from one isolate. So few are never the cause of a queue that is worth a refusal. */
export const MIN_LIMIT = 10;
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
/** How long it may take until a cut helps, before it is taken back: other edges see the same queue, and cut too. */
const PATIENCE_MS = 3000;
/**
 * While the limit is felt, the baseline is measured afresh by a cohort that has a part of the limit: so often, and at most
 * every so many times as a request may take.
 */
const PROBE_EVERY_MS = 10_000;
const PROBE_EVERY_TIMES = 25;
const REACHED_AT = 0.8;
/** Less than the inverse of the tolerance, or a baseline that is too high would be found again. */
const PROBE_PART = 0.25;
/** A limit is forgotten when the backend was not slow for so long: it may have been given more machines since. */
const FORGET_MS = 60_000;

/** What was in progress before a cut that waits to be judged, and the latency of it. */
interface Cut {
  readonly reach: number;
  readonly ms: number;
  /** Unix milliseconds. */
  readonly at: number;
  /** The limit, when it is taken back. */
  readonly restored: number;
}

/**
 * How many requests may be in progress at one backend from one isolate, learned from its latency: the gradient of
 * Netflix's concurrency-limits (Gradient2) and Envoy's adaptive concurrency, `limit × tolerated / measured latency`, but
 *
 * - there is no limit until the backend has been slow for some cohorts; the first one is a part of what was in progress.
 *   So a start, a jump in demand or long polls meet none.
 * - what is measured began after the last change of the limit, so that nobody in it has waited in an earlier queue.
 * - a cut that does not make the backend faster is taken back, and how slow it is becomes its baseline: it was not this
 *   edge's concurrency. Gradient2 lets its baseline drift instead, and so forgets an overload that lasts.
 * - while it is felt, a low limit for a moment shows what the backend takes unloaded, as Envoy measures its `minRTT`.
 *
 * Many isolates that overload one backend together hold it less tightly than one does: each takes what the others let
 * in for the backend's own time, and over minutes their baselines rise.
 *
 * Times in milliseconds.
 */
export class AdaptiveLimit {
  readonly #inFlight = new Gauge();
  readonly #cohort = new Cohort();
  readonly #baseline = new Baseline();
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
    this.#cohort.open(now);
    if (this.#probedFrom !== null) this.#probe(this.#probedFrom, ms);
    else if (ms > this.#baseline.toleratedMs) this.#slow(ms, reach, spanMs, now);
    else if (Number.isFinite(ms)) this.#calm(ms, reach, spanMs, now);
  }

  #calm(ms: number, reach: number, spanMs: number, now: number): void {
    this.#slowCohorts = 0;
    this.#cut = null;
    const isFelt = reach >= this.#limit / 2;
    this.#baseline.calm(ms, spanMs, isFelt);
    if (this.#limit === MAX_LIMIT) return;
    // Of a limit that is not felt nothing can be learned.
    if (!isFelt) return;
    if (reach >= this.#limit * REACHED_AT && this.#isProbeDue(now)) this.#beginProbe(now);
    else this.#limit = Math.min(MAX_LIMIT, this.#limit + Math.sqrt(this.#limit));
  }

  /** By the clock, so that edges that share a backend probe it together: what one of them leaves, the others would fill. */
  #isProbeDue(now: number): boolean {
    let everyMs = PROBE_EVERY_MS;
    while (everyMs < PROBE_EVERY_TIMES * this.#baseline.toleratedMs) everyMs *= 2;
    return Math.floor(now / everyMs) !== Math.floor(this.#probedAt / everyMs);
  }

  #beginProbe(now: number): void {
    this.#probedAt = now;
    this.#probedFrom = this.#limit;
    this.#isSettling = true;
    this.#limit = Math.max(MIN_LIMIT, this.#limit * PROBE_PART);
  }

  #probe(from: number, ms: number): void {
    if (this.#isSettling) {
      this.#isSettling = false;
      return;
    }
    this.#baseline.probed(ms);
    this.#limit = from;
    this.#probedFrom = null;
  }

  #slow(ms: number, reach: number, spanMs: number, now: number): void {
    if (this.#slowCohorts === 0) this.#slowFrom = now;
    this.#slowCohorts += 1;
    this.#slowAt = now;
    const isLimited = this.#limit < MAX_LIMIT;
    if (reach <= MIN_LIMIT) {
      this.#baseline.slowUnloaded(ms, spanMs);
      if (!isLimited) return;
    }
    const isFelt = isLimited && reach >= this.#limit / 2;
    const lasts = this.#slowCohorts >= SLOW_COHORTS && now - this.#slowFrom >= SLOW_FOR_MS;
    if (!isFelt && !lasts) return;
    if (isFelt && this.#isProbeDue(now)) {
      this.#beginProbe(now);
      return;
    }
    if (!isLimited) this.#probedAt = now;
    const inUse = Math.min(this.#limit, reach);
    const cut = this.#cut;
    if (cut === null) this.#cut = { reach: inUse, ms, at: now, restored: inUse };
    else if (inUse <= cut.reach * JUDGED_AT) {
      if (ms > cut.ms * HELPED_AT) {
        if (Math.abs(now - cut.at) >= PATIENCE_MS && Number.isFinite(ms)) this.#takeBack(cut, ms);
        return;
      }
      // Of a cut whose latency was not known it is not known that it helped.
      const restored = Number.isFinite(cut.ms) ? inUse : cut.restored;
      this.#cut = { reach: inUse, ms, at: now, restored };
    }
    const least = this.#slowCohorts === 1 ? MIN_FIRST_GRADIENT : MIN_GRADIENT;
    this.#limit = Math.max(MIN_LIMIT, inUse * Math.max(least, this.#baseline.toleratedMs / ms));
  }

  #takeBack({ restored }: Cut, ms: number): void {
    this.#baseline.takenBack(ms);
    this.#limit = Math.max(this.#limit, restored);
    this.#cut = null;
    this.#slowCohorts = 0;
  }

  #forget(now: number): void {
    this.#limit = MAX_LIMIT;
    this.#cut = null;
    this.#probedFrom = null;
    this.#slowCohorts = 0;
    this.#cohort.open(now);
  }
}
