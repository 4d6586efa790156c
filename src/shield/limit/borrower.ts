import { AHEAD_MS, LEASE_LIFE_MS, refreshMsOf } from "./loan.ts";
import type { Ask, BanRequest, Grant } from "./message.ts";
import { OwnPart } from "./own-part.ts";
import { type BucketSpec, perSecondOf } from "./spec.ts";

/** An ask that is not answered by then is lost. */
export const ASK_TIMEOUT_MS = 1000;
/** After an ask that failed, the isolate decides alone for so long. */
const RETRY_AFTER_MS = 1000;
/** Demand over a shorter time than this says little. */
const MIN_DEMAND_MS = 50;
/** Tokens should last until the next ask is answered, whose way there and back may take longer than the last. */
const SPAN_MARGIN_MS = 50;
const FIRST_ROUND_TRIP_MS = 50;
/** Owners hear of the demand so often even when they have nothing to give. */
const MAX_PAUSE_MS = 1000;

/**
 * `waiting`: the owner should be asked, or has been, and may have tokens. `alone`: it cannot be reached. `crowded`: it can,
 * and has no room for this edge, which spends by a pace.
 */
export type Taking = "passed" | "over" | "waiting" | "alone" | "crowded";

/** Numbers of the asks of one isolate, whatever the key: a key that it borrows for anew goes on with higher ones. */
export interface Sequences {
  last: number;
}

export interface Beginning {
  /** The name of the isolate. */
  readonly edge: string;
  readonly sequences: Sequences;
  /** Tokens that have passed on the isolate's own account. */
  readonly ahead: number;
  /** What its demand must be at least, in tokens a second. */
  readonly demand: number;
  readonly ban: BanRequest | null;
}

interface Flight {
  readonly sequence: number;
  readonly askedAt: number;
}

/**
 * One key as an isolate has it that borrows tokens from the bucket's owner. All times by a clock that never goes back.
 *
 * Tokens are counted once: what is held is what was granted and neither spent, returned nor run out. A grant is taken in
 * only while its ask is awaited, so that one that comes twice, late or out of order adds nothing.
 */
export class Borrower {
  readonly #spec: BucketSpec;
  readonly #edge: string;
  readonly #ban: BanRequest | null;
  #held = 0;
  /** What ran out unspent: the owner is told with the next ask, as far as it still counts it. */
  #lapsed = 0;
  /** What was lent last was to last. */
  #isLong = false;
  /** Of what is held, what may be spent now; `#pace` makes it grow. */
  #open = 0;
  #pace: number | null = 0;
  #at: number;
  readonly #sequences: Sequences;
  #flight: Flight | null = null;
  #askAt: number;
  /** Until then there is no use in asking. */
  #exhaustedUntil = Number.NEGATIVE_INFINITY;
  #runsOutAt = Number.NEGATIVE_INFINITY;
  #aloneUntil = Number.NEGATIVE_INFINITY;
  #edges: number | null = null;
  #fellShort = false;
  #crowded = false;
  readonly #own: OwnPart;
  #roundTripMs = FIRST_ROUND_TRIP_MS;
  #offered = 0;
  #offeredSince: number;
  #demand: number;
  #hasMeasured = false;
  #refreshMs = refreshMsOf(1);
  /** What passed on its own account and the owner has not been told of. */
  #ahead: number;
  /** The dearest that found too little since the last ask. */
  #need = 0;
  #waiting = 0;
  #usedAt: number;

  constructor(spec: BucketSpec, { edge, sequences, ahead, demand, ban }: Beginning, now: number) {
    this.#spec = spec;
    this.#own = new OwnPart(spec);
    this.#edge = edge;
    this.#sequences = sequences;
    this.#ban = ban;
    this.#ahead = ahead;
    this.#demand = demand;
    this.#at = now;
    this.#askAt = now;
    this.#offeredSince = now;
    this.#usedAt = now;
  }

  /** Tokens that it has. */
  get held(): number {
    return this.#held;
  }

  /** Whether the owner should hear that it is given up: it counts on more being out, and for long, or on less being spent. */
  get owesWord(): boolean {
    return this.#held + this.#lapsed + this.#ahead > 0 || this.#isLong;
  }

  /** Tokens a second, as of the last ask. */
  get demand(): number {
    return this.#demand;
  }

  /** Edges that the owner last knew of; `null` when it has never been heard. */
  get edges(): number | null {
    return this.#edges;
  }

  get usedAt(): number {
    return this.#usedAt;
  }

  /** Whether it is of no use to know any more: for as long it might ask again, or its own bucket is not full. */
  isIdle(idleMs: number, mostMs: number, now: number): boolean {
    const usefulMs = Math.max(idleMs, 2 * refreshMsOf(this.#edges ?? 1), this.#own.msUntilFull);
    return now - this.#usedAt >= Math.min(mostMs, usefulMs);
  }

  get isAsking(): boolean {
    return this.#flight !== null;
  }

  /** A request asks for so many tokens. */
  take(cost: number, now: number): Taking {
    this.#offered += cost;
    this.#usedAt = now;
    return this.takeAgain(cost, now);
  }

  /** The same request once more, after an answer. */
  takeAgain(cost: number, now: number): Taking {
    this.#advance(now);
    if (cost <= this.#open && cost <= this.#held) {
      this.#held -= cost;
      this.#open -= cost;
      return "passed";
    }
    if (now < this.#aloneUntil) return "alone";
    if (this.#crowded) return "crowded";
    this.#need = Math.max(this.#need, cost);
    // While the pace holds back what there is, and while there is nothing, more questions bring no more.
    if (now < this.#exhaustedUntil || this.#isPaced(now)) return "over";
    return "waiting";
  }

  /** Whether requests wait for an answer: it is not to be given up. */
  get isAwaited(): boolean {
    return this.#waiting > 0;
  }

  /** Of those that wait for an answer. */
  wait(cost: number): void {
    this.#waiting += cost;
  }

  stopWaiting(cost: number): void {
    this.#waiting -= cost;
  }

  /** Until so many tokens may be had, as far as it is known. */
  retryAfterMs(cost: number, now: number): number {
    const byPace = this.#pace ? ((cost - this.#open) / this.#pace) * 1000 : 0;
    return Math.ceil(Math.max(byPace, this.#exhaustedUntil - now, 1));
  }

  /** Whether the owner should be asked now. */
  isDue(now: number): boolean {
    if (this.#flight !== null && now - this.#flight.askedAt < ASK_TIMEOUT_MS) return false;
    if (now < this.#aloneUntil) return false;
    if (now >= this.#askAt) return true;
    return this.#waiting > 0 && now >= this.#exhaustedUntil && !this.#isPaced(now);
  }

  ask(now: number): Ask {
    this.#advance(now);
    if (this.#flight !== null) this.failed(this.#flight.sequence, now);
    const sequence = ++this.#sequences.last;
    this.#flight = { sequence, askedAt: now };
    this.#measure(now);
    // What is too little twice running is given back: else edges could each hold a part that serves none of them.
    const ask = this.#message(sequence, this.#fellShort && this.#held < this.#need);
    this.#ahead = 0;
    this.#need = 0;
    return ask;
  }

  /** Gives back all that is held, until it is used again. No answer is awaited; should the message be lost, the tokens are. */
  release(now: number): Ask {
    this.#advance(now);
    this.#flight = null;
    this.#demand = 0;
    this.#need = 0;
    this.#waiting = 0;
    this.#isLong = false;
    this.#runsOutAt = Number.NEGATIVE_INFINITY;
    return this.#message(++this.#sequences.last, true);
  }

  granted(grant: Grant, now: number): void {
    const flight = this.#flight;
    if (flight === null || grant.sequence !== flight.sequence) return;
    this.#advance(now);
    this.#flight = null;
    this.#roundTripMs += 0.3 * (now - flight.askedAt - this.#roundTripMs);
    this.#held += grant.tokens;
    this.#pace = grant.pace;
    this.#open = grant.pace === null ? this.#held : Math.min(this.#held, this.#open + grant.atOnce);
    this.#edges = grant.edges;
    this.#crowded = grant.crowded;
    this.#runsOutAt = flight.askedAt + grant.lifeMs;
    this.#isLong = grant.lifeMs > LEASE_LIFE_MS;
    this.#aloneUntil = Number.NEGATIVE_INFINITY;
    this.#refreshMs = grant.refreshMs;
    this.#fellShort = grant.retryAfterMs > 0;
    const dueAt = Math.max(now, flight.askedAt + grant.refreshMs);
    this.#askAt = this.#fellShort ? Math.max(dueAt, now + Math.min(grant.retryAfterMs, MAX_PAUSE_MS)) : dueAt;
    this.#exhaustedUntil = this.#fellShort ? now + grant.retryAfterMs : Number.NEGATIVE_INFINITY;
  }

  /** An ask was not answered, or not in time. */
  failed(sequence: number, now: number): void {
    if (this.#flight?.sequence !== sequence) return;
    this.#flight = null;
    this.#aloneUntil = now + RETRY_AFTER_MS;
    this.#askAt = this.#aloneUntil;
  }

  /** By the limit divided by so many edges. */
  takeAlone(cost: number, edges: number, now: number): boolean {
    const passed = this.#own.take(cost, edges, now);
    if (passed) this.passedAlone(cost);
    return passed;
  }

  /** By the pace that the owner has told, as it has no room for this edge. */
  takeCrowded(cost: number, now: number): boolean {
    const passed = this.#own.takePaced(cost, this.#pace ?? 0, now);
    if (passed) this.passedAlone(cost);
    return passed;
  }

  /** The owner is to hear of it: of no more than it can have. */
  passedAlone(cost: number): void {
    const most = Math.ceil(this.#spec.burst + (perSecondOf(this.#spec) * AHEAD_MS) / 1000);
    this.#ahead = Math.min(most, this.#ahead + cost);
  }

  /** Whether so little is asked that no owner need hear of it. */
  isQuieterThan(perSecond: number, now: number): boolean {
    const elapsedMs = now - this.#offeredSince;
    return elapsedMs >= MIN_DEMAND_MS && (this.#offered * 1000) / elapsedMs < perSecond && this.#demand < perSecond;
  }

  #lapse(): void {
    this.#lapsed += this.#held;
    this.#held = 0;
    this.#open = 0;
  }

  #message(sequence: number, returnsAll: boolean): Ask {
    if (returnsAll) this.#lapse();
    const returned = this.#lapsed;
    this.#lapsed = 0;
    return {
      edge: this.#edge,
      sequence,
      spec: this.#spec,
      demand: this.#demand,
      need: this.#need,
      waiting: this.#waiting,
      held: this.#held,
      returned,
      ahead: this.#ahead,
      spanMs: Math.max(this.#refreshMs, this.#roundTripMs) + this.#roundTripMs + SPAN_MARGIN_MS,
      ban: this.#ban,
    };
  }

  #isPaced(now: number): boolean {
    return this.#pace !== null && this.#edges !== null && now < this.#runsOutAt;
  }

  #measure(now: number): void {
    const elapsedMs = now - this.#offeredSince;
    if (elapsedMs < MIN_DEMAND_MS) return;
    const seen = (this.#offered * 1000) / elapsedMs;
    // Before the first, it was only the least that it could be.
    this.#demand = this.#hasMeasured ? (this.#demand + seen) / 2 : seen;
    this.#hasMeasured = true;
    this.#offered = 0;
    this.#offeredSince = now;
  }

  #advance(now: number): void {
    const elapsedMs = now - this.#at;
    if (elapsedMs > 0) {
      this.#at = now;
      this.#open =
        this.#pace === null ? this.#held : Math.min(this.#held, this.#open + (this.#pace * elapsedMs) / 1000);
    }
    if (now >= this.#runsOutAt) this.#lapse();
  }
}
