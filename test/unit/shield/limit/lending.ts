import type { Random } from "../../../../src/base/random.ts";
import { Borrower, type Taking } from "../../../../src/shield/limit/borrower.ts";
import type { KeptBucket } from "../../../../src/shield/limit/kept-bucket.ts";
import { Lender } from "../../../../src/shield/limit/lender.ts";
import { AHEAD_MS, moreAheadOf } from "../../../../src/shield/limit/loan.ts";
import type { Ask, Grant } from "../../../../src/shield/limit/message.ts";
import { type BucketSpec, perSecondOf } from "../../../../src/shield/limit/spec.ts";
import { SteadyClock } from "../../../../src/shield/limit/steady-clock.ts";

export interface Road {
  /** One way, in milliseconds. */
  readonly delayMs: (random: Random) => number;
  /** 0 to 1. */
  readonly loss: number;
  readonly duplication: number;
  /** How often an ask arrives that gives tokens back; as others do where it is not given. */
  readonly copiesOfReturns?: number;
}

/** As long as the edge lets a request wait. */
const MAX_WAIT_MS = 250;
/** Edges there are taken to be by one that has heard of none. */
const UNKNOWN_EDGES = 10;

export interface Isolate {
  borrower: Borrower;
  /** Requests that wait for an answer. */
  waiting: { readonly cost: number; readonly until: number }[];
  readonly skewMs: number;
  lagMs: number;
  readonly clock: SteadyClock;
  readonly sequences: { last: number };
}

/** One bucket that all requests ask, which holds so many tokens when it is full: the dumb twin of all of this. */
class Twin {
  level: number;
  readonly #capacity: number;
  readonly #perSecond: number;
  #at = 0;

  constructor(spec: BucketSpec, edges: number) {
    this.#perSecond = perSecondOf(spec);
    this.level = spec.burst + (this.#perSecond * AHEAD_MS) / 1000;
    this.#capacity = this.level + moreAheadOf(spec, edges);
  }

  advance(now: number): void {
    this.level = Math.min(this.#capacity, this.level + ((now - this.#at) * this.#perSecond) / 1000);
    this.#at = now;
  }
}

/** An edge's clock may lag behind by so much, of what an owner counts on a loan beyond its life. */
const MAX_LAG_MS = 1000;

/**
 * Edges that borrow from one owner over roads that delay, lose and repeat, in simulated milliseconds.
 *
 * Nothing that happens may make tokens: what is in the bucket and at the edges is never more than what the twin has, which
 * begins with as much, gets the same rate, sees each lent token pass, and hears of what passed unasked. So there is no need to wait until they are spent.
 * What isolates let pass on their own account, before they ask or while nobody answers, is counted by itself.
 */
export class Lending {
  now = 0;
  /** Times at which a token passed, in order. */
  readonly passed: number[] = [];
  /** Of edges that the owner has no room for. */
  readonly crowded: number[] = [];
  asks = 0;
  /** Tokens of requests that waited too long, which their edge decides alone. */
  late = 0;
  /** Tokens that isolates let pass by their parts of the limit, while the owner cannot be reached or not in time. */
  alone = 0;
  /** Isolates that began, or began anew: each has had its part of the burst once. */
  beginnings = 0;
  /** By how much more passed, at a time, than the twin would have let pass. */
  excess = 0;
  /** By how much more was in the bucket and at the edges, at a time, than the twin had. */
  surplus = 0;
  lender: Lender;
  readonly #twin: Twin;
  /** What the owner has written down. */
  #kept: KeptBucket | null = null;
  /** By edge, the last ask that the owner has heard since it began. */
  readonly #heard = new Map<string, number>();
  #messages = 0;
  #ownerBehindMs = 0;
  readonly isolates: Isolate[];
  readonly #spec: BucketSpec;
  readonly #road: Road;
  readonly #random: Random;
  /** Tokens that an isolate may have let pass before it first asks. */
  readonly #mostAhead: number;
  readonly #events: { readonly at: number; readonly run: () => void }[] = [];

  constructor(spec: BucketSpec, edges: number, road: Road, random: Random, skewMs = 0, mostAhead = 0) {
    this.#mostAhead = mostAhead;
    this.#spec = spec;
    this.#road = road;
    this.#random = random;
    this.lender = new Lender(spec, 0);
    this.#twin = new Twin(spec, edges);
    this.isolates = Array.from({ length: edges }, (_, i) => {
      const clock = new SteadyClock();
      const sequences = { last: 0 };
      const skew = Math.floor(skewMs * random.unit());
      const borrower = this.#borrower(`e${i}`, sequences, clock.read(skew));
      return { borrower, waiting: [], skewMs: skew, lagMs: 0, clock, sequences };
    });
  }

  /** An isolate that has forgotten all and goes by the same name. */
  forget(index: number): void {
    const isolate = this.isolates[index] as Isolate;
    isolate.waiting = [];
    isolate.borrower = this.#borrower(`e${index}`, isolate.sequences, this.#clockOf(isolate));
  }

  /** The clock of an isolate is set back a little, once: it stands still until it has come to where it was. */
  lag(index: number): void {
    (this.isolates[index] as Isolate).lagMs = MAX_LAG_MS;
  }

  setOwnerBack(ms: number): void {
    this.#ownerBehindMs += ms;
  }

  /** The owner forgets all but what it has written down. */
  restart(): void {
    this.lender = new Lender(this.#spec, this.#ownerNow, this.#kept);
    this.#heard.clear();
  }

  #borrower(edge: string, sequences: { last: number }, now: number): Borrower {
    this.beginnings += 1;
    const ahead = this.#mostAhead === 0 ? 0 : Math.floor((this.#mostAhead + 1) * this.#random.unit());
    return new Borrower(this.#spec, { edge, sequences, ahead, demand: perSecondOf(this.#spec) / 20, ban: null }, now);
  }

  #clockOf = (isolate: Isolate): number => isolate.clock.read(this.now + isolate.skewMs - isolate.lagMs);

  get #ownerNow(): number {
    return this.now - this.#ownerBehindMs;
  }

  /** A request at an isolate. One that waits passes or is refused by an answer. */
  request(index: number, cost = 1): Taking {
    const isolate = this.isolates[index] as Isolate;
    const { borrower } = isolate;
    const at = this.#clockOf(isolate);
    const taking = borrower.take(cost, at);
    if (taking === "passed") this.#pass(cost);
    else if (taking === "waiting") {
      borrower.wait(cost);
      isolate.waiting.push({ cost, until: this.now + MAX_WAIT_MS });
    } else if (taking === "alone") this.#takeAlone(borrower, cost, at);
    else if (taking === "crowded") this.#takeCrowded(borrower, cost, at);
    if (borrower.isDue(at)) this.#send(isolate, borrower, borrower.ask(at));
    return taking;
  }

  #takeAlone(borrower: Borrower, cost: number, at: number): void {
    if (borrower.takeAlone(cost, borrower.edges ?? UNKNOWN_EDGES, at)) this.alone += cost;
  }

  #takeCrowded(borrower: Borrower, cost: number, at: number): void {
    if (borrower.takeCrowded(cost, at)) this.crowded.push(this.now);
  }

  #pass(cost: number): void {
    for (let i = 0; i < cost; i++) this.passed.push(this.now);
    this.#twin.advance(this.now);
    this.#twin.level -= cost;
    this.excess = Math.max(this.excess, -this.#twin.level);
  }

  /** Of what passed unasked, the owner takes as much out of the bucket as is in it. */
  #charge({ edge, sequence, ahead }: Ask): void {
    if (sequence <= (this.#heard.get(edge) ?? 0)) return;
    this.#heard.set(edge, sequence);
    this.#twin.advance(this.now);
    this.#twin.level -= Math.min(ahead, this.lender.tokens);
  }

  /** Of all that could pass at once; where edges are many, now and then. */
  #count(): void {
    this.#messages += 1;
    if (this.#messages % Math.ceil(this.isolates.length / 10) !== 0) return;
    let tokens = this.lender.tokens;
    for (const isolate of this.isolates) {
      // What has run out is none.
      isolate.borrower.takeAgain(0, this.#clockOf(isolate));
      tokens += isolate.borrower.held;
    }
    this.#twin.advance(this.now);
    this.surplus = Math.max(this.surplus, tokens - this.#twin.level);
  }

  /** Gives back what an isolate holds, which goes on to use the key, or begins anew. */
  release(index: number, goesOn = false): void {
    const isolate = this.isolates[index] as Isolate;
    this.#send(isolate, isolate.borrower, isolate.borrower.release(this.#clockOf(isolate)));
    if (goesOn) isolate.waiting = [];
    else this.forget(index);
  }

  #send(isolate: Isolate, borrower: Borrower, ask: Ask): void {
    this.asks += 1;
    for (const delay of this.#arrivals(ask.returned > 0 ? this.#road.copiesOfReturns : undefined))
      this.#later(delay, () => {
        this.#charge(ask);
        const grant = this.lender.ask(structuredClone(ask), this.#ownerNow);
        this.#kept = this.lender.toKeep(this.#kept, this.#ownerNow) ?? this.#kept;
        this.#count();
        for (const back of this.#arrivals()) this.#later(back, () => this.#deliver(isolate, borrower, grant));
      });
  }

  #deliver(isolate: Isolate, borrower: Borrower, grant: Grant): void {
    borrower.granted(grant, this.#clockOf(isolate));
    this.#count();
    if (isolate.borrower === borrower) this.#wake(isolate);
  }

  #wake(isolate: Isolate): void {
    const { borrower } = isolate;
    const at = this.#clockOf(isolate);
    isolate.waiting = isolate.waiting.filter(({ cost, until }) => {
      const taking = this.now < until ? borrower.takeAgain(cost, at) : "alone";
      if (taking === "waiting") return true;
      borrower.stopWaiting(cost);
      if (taking === "passed") this.#pass(cost);
      if (taking === "crowded") this.#takeCrowded(borrower, cost, at);
      if (taking === "alone") {
        this.late += cost;
        this.#takeAlone(borrower, cost, at);
      }
      return false;
    });
    if (borrower.isDue(at)) this.#send(isolate, borrower, borrower.ask(at));
  }

  #arrivals(copiesOf?: number): number[] {
    const { delayMs, loss, duplication } = this.#road;
    if (this.#random.unit() < loss) return [];
    const copies = copiesOf ?? (this.#random.unit() < duplication ? 2 : 1);
    return Array.from({ length: copies }, () => Math.ceil(delayMs(this.#random)));
  }

  #later(ms: number, run: () => void): void {
    this.#events.push({ at: this.now + ms, run });
  }

  tick(ms = 1): void {
    const end = this.now + ms;
    while (this.now < end) {
      // Where nothing is under way nothing happens.
      this.now = this.#events.length === 0 ? end : this.now + 1;
      const due = this.#events.filter(({ at }) => at <= this.now);
      if (due.length === 0) continue;
      const left = this.#events.filter(({ at }) => at > this.now);
      this.#events.splice(0, this.#events.length, ...left);
      for (const { run } of due) run();
    }
  }

  /** Tokens that passed from one time to before another. */
  between(from: number, to: number): number {
    const count = (times: readonly number[]) => times.filter((at) => at >= from && at < to).length;
    return count(this.passed) + count(this.crowded);
  }
}
