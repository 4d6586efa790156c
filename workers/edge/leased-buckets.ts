import type { RateLimiterApi } from "../../durable-objects/rate-limiter/api.ts";
import { hashText } from "../../src/base/hash.ts";
import type { Ip } from "../../src/base/ip.ts";
import type { Random } from "../../src/base/random.ts";
import { Crowd } from "../../src/shield/limit/crowd.ts";
import { networkHash } from "../../src/shield/limit/key.ts";
import {
  hearEdges,
  KeyBook,
  LEASE_BYTES,
  type Lease,
  type Limit,
  MAX_LEASES,
} from "../../src/shield/limit/key-book.ts";
import { type Ask, grantSchema } from "../../src/shield/limit/message.ts";
import { SteadyClock } from "../../src/shield/limit/steady-clock.ts";
import type { Background } from "../background.ts";
import { within } from "../within.ts";
import { PASSED, type Spent } from "./spend.ts";

/** The longest that a request waits for the owners of all its keys together. */
const MAX_WAIT_MS = 250;
/** Requests of an isolate that wait at a time; others are decided as when the owner cannot be reached. */
const MAX_WAITERS = 1000;
/** Looks that one request takes at the answers that come while it waits. */
const MAX_LOOKS = 4;
/** How many edges there are taken to be while no owner of the limit's keys has said. */
const UNKNOWN_EDGES = 10;
/** When one that must wait for an owner out of reach may come again. */
const UNREACHABLE_RETRY_MS = 1000;

export interface LeasedBucketsDeps {
  /** By the name of the bucket. */
  readonly limiter: (name: string) => RateLimiterApi;
  readonly random: Random;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** A request's part in a limit. */
export interface Spending {
  readonly limit: Limit;
  readonly key: string;
  /** `null` where the key does not hold its address. */
  readonly client: Ip | null;
  readonly cost: number;
}

/**
 * The buckets that all isolates share, as one isolate spends of them: of what is in memory while a client is quiet, beyond
 * that of tokens that it has borrowed, which are renewed in the background. Only a request for which nothing has been
 * borrowed yet waits for the owner of its bucket.
 */
export class LeasedBuckets {
  readonly #deps: LeasedBucketsDeps;
  readonly #clock = new SteadyClock();
  readonly #book: KeyBook;
  readonly #crowd = new Crowd();
  #waiters = 0;

  constructor(deps: LeasedBucketsDeps) {
    this.#deps = deps;
    this.#book = new KeyBook(deps.random);
  }

  /** What it needs, whatever clients send, beside the single keys of limits by name. */
  memory(): { readonly bytes: number; readonly maxBytes: number; readonly leases: number; readonly waiters: number } {
    const fixed = this.#book.quiet.bytes + this.#crowd.bytes;
    const { leases } = this.#book;
    const maxBytes = fixed + MAX_LEASES * LEASE_BYTES;
    return { bytes: fixed + leases * LEASE_BYTES, maxBytes, leases, waiters: this.#waiters };
  }

  /** Nothing is spent of it any more. */
  drop(limit: Limit): void {
    this.#book.drop(limit);
  }

  spend(spending: Spending, unixMs: number, background: Background): Spent | Promise<Spent> {
    const { limit, key, cost } = spending;
    if (cost <= 0) return PASSED;
    const now = this.#clock.read(unixMs);
    this.#sweep(now, background);
    let lease = limit.leases.get(key) ?? null;
    if (lease === null) {
      if (cost > limit.spec.burst) return short(limit.spec.periodSeconds * 1000);
      if (!limit.asksFirst && this.#book.isQuiet(limit, key, cost, now)) return PASSED;
      lease = this.#book.open(limit, key, now);
      if (lease === null) {
        if (limit.asksFirst && this.#book.isQuiet(limit, key, cost, now)) return PASSED;
        return this.#takeOfCrowd(spending, now);
      }
    }
    const taking = lease.borrower.take(cost, now);
    if (taking === "waiting" && this.#waiters < MAX_WAITERS) return this.#wait(lease, cost, unixMs, background);
    if (lease.borrower.isDue(now)) this.#refresh(lease, now, background);
    switch (taking) {
      case "passed":
        return PASSED;
      case "over":
        return short(lease.borrower.retryAfterMs(cost, now));
      case "crowded":
        return takeCrowded(lease, cost, now);
      case "alone":
      case "waiting":
        return this.#takeAlone(lease, cost, now);
    }
  }

  /** Asks for more, or gives the key up when it has become quiet and no request waits for an answer. */
  #refresh(lease: Lease, now: number, background: Background): void {
    const { borrower, limit } = lease;
    if (limit.quiet !== null && !borrower.isAwaited && borrower.isQuieterThan(limit.quiet.perSecond / 2, now)) {
      this.#book.close(lease);
      this.#return(lease, now, background);
      return;
    }
    lease.flight = this.#ask(lease, borrower.ask(now));
    background(lease.flight);
  }

  async #ask({ limit, key, borrower }: Lease, ask: Ask): Promise<void> {
    const read = () => this.#clock.read(this.#deps.now());
    try {
      const grant = grantSchema.safeParse(await this.#deps.limiter(`${limit.name}:${key}`).ask(ask));
      if (grant.success) {
        borrower.granted(grant.data, read());
        hearEdges(limit, grant.data.edges, read());
      } else borrower.failed(ask.sequence, read());
    } catch (error) {
      borrower.failed(ask.sequence, read());
      console.warn(`the owner of ${limit.name} cannot be reached`, error);
    }
  }

  /** Gives back what a key holds. */
  #return(lease: Lease, now: number, background: Background): void {
    if (lease.borrower.owesWord) background(this.#ask(lease, lease.borrower.release(now)));
  }

  #sweep(now: number, background: Background): void {
    for (const lease of this.#book.sweep(now)) this.#return(lease, now, background);
  }

  async #wait(lease: Lease, cost: number, unixMs: number, background: Background): Promise<Spent> {
    const { borrower } = lease;
    const unixNow = this.#deps.now();
    let now = this.#clock.read(unixNow);
    // A clock that was set back meanwhile makes nobody wait longer.
    const until = now + Math.min(MAX_WAIT_MS, unixMs + MAX_WAIT_MS - unixNow);
    this.#waiters += 1;
    borrower.wait(cost);
    try {
      if (borrower.isDue(now)) this.#refresh(lease, now, background);
      for (let look = 0; look < MAX_LOOKS && lease.flight !== null && now < until; look++) {
        await within(lease.flight, until - now, null);
        now = this.#clock.read(this.#deps.now());
        const taking = borrower.takeAgain(cost, now);
        if (taking === "passed") return PASSED;
        if (taking === "over") return short(borrower.retryAfterMs(cost, now));
        if (taking === "crowded") return takeCrowded(lease, cost, now);
        if (taking === "alone") break;
        if (borrower.isDue(now)) this.#refresh(lease, now, background);
      }
    } finally {
      borrower.stopWaiting(cost);
      this.#waiters -= 1;
    }
    return this.#takeAlone(lease, cost, now);
  }

  /** The owner cannot be reached, or not in time. */
  #takeAlone(lease: Lease, cost: number, now: number): Spent {
    switch (lease.limit.whenUnreachable) {
      case "open":
        lease.borrower.passedAlone(cost);
        return PASSED;
      case "closed":
        return short(UNREACHABLE_RETRY_MS);
      case "divide":
        return this.#takePart(lease, cost, now);
    }
  }

  /** Of the limit divided by the edges of the key, or where nobody has said, of another key of the limit. */
  #takePart({ limit, borrower }: Lease, cost: number, now: number): Spent {
    const edges = borrower.edges ?? limit.edges?.most ?? UNKNOWN_EDGES;
    return borrower.takeAlone(cost, edges, now) ? PASSED : short(UNREACHABLE_RETRY_MS);
  }

  /** Too many keys are busy here for all to be looked up. */
  #takeOfCrowd({ limit, key, client, cost }: Spending, now: number): Spent {
    const seed = limit.hash ^ this.#book.seed;
    const network = client === null ? null : networkHash(client, seed);
    const { retryAfterMs } = this.#crowd.take(hashText(key, seed), network, cost, limit.spec, now);
    return retryAfterMs === 0 ? PASSED : short(retryAfterMs);
  }
}

const short = (retryAfterMs: number): Spent => ({ kind: "short", retryAfterMs });

/** The owner has no room for this edge. */
const takeCrowded = ({ borrower }: Lease, cost: number, now: number): Spent =>
  borrower.takeCrowded(cost, now) ? PASSED : short(UNREACHABLE_RETRY_MS);
