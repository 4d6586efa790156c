import type { RateLimiterApi } from "../../durable-objects/rate-limiter/api.ts";
import type { Ip } from "../../src/base/ip.ts";
import type { Random } from "../../src/base/random.ts";
import { CrowdCounts } from "../../src/shield/limit/crowd-counts.ts";
import { isLimitedBy, limitKey, networkHash } from "../../src/shield/limit/key.ts";
import {
  KeyBook,
  LEASE_BYTES,
  type Lease,
  type Limit,
  MAX_LEASES,
  makeLimit,
} from "../../src/shield/limit/key-book.ts";
import { type Ask, grantSchema } from "../../src/shield/limit/message.ts";
import { isSameSpec, type SharedBucket } from "../../src/shield/limit/spec.ts";
import { SteadyClock } from "../../src/shield/limit/steady-clock.ts";
import type { RateLimit } from "../../src/table/rate-limit.ts";
import type { LimitEntry } from "../../src/table/snapshot.ts";
import { within } from "../within.ts";
import type { Arrival } from "./shield.ts";
import { type Leases, PASSED, type Spent } from "./spend.ts";

/** The longest that a request waits for the owner of its key. */
const MAX_WAIT_MS = 250;
/** Requests of an isolate that wait at a time; others are decided as when the owner cannot be reached. */
const MAX_WAITERS = 1000;
/** Looks that one request takes at the answers that come while it waits. */
const MAX_LOOKS = 4;
/** Limits by name that an isolate remembers, those that were set last. A forgotten one begins anew. */
const MAX_NAMES = 1000;
/** How many edges there are taken to be while no owner has said. */
const UNKNOWN_EDGES = 10;
/** When one that must wait for an owner out of reach may come again. */
const UNREACHABLE_RETRY_MS = 1000;

/** A request that a policy does not let pass. */
export interface Limited {
  readonly kind: "limited";
  /** The policy. */
  readonly limit: string;
  readonly action: "block" | "challenge";
  readonly rate: number;
  readonly periodSeconds: number;
  readonly retryAfterMs: number;
}

/** What became of the requests that a policy is for. */
export interface LimitCounts {
  passed: number;
  limited: number;
  /** It would have limited them, and only counts. */
  wouldLimit: number;
}

export interface LimitsDeps {
  /** By the name of the bucket. */
  readonly limiter: (name: string) => RateLimiterApi;
  readonly random: Random;
  /** Unix milliseconds. */
  readonly now: () => number;
}

type Background = (work: Promise<unknown>) => void;

interface Policy {
  readonly rules: RateLimit;
  readonly limit: Limit;
}

/**
 * The limits as one isolate holds them. A quiet client's request is let pass by what is in memory, one beyond that by
 * tokens that the isolate has borrowed, which are renewed in the background; only a request for which nothing has been
 * borrowed yet waits for the owner of its bucket. What many clients share is always borrowed.
 */
export class Limits implements Leases {
  readonly #deps: LimitsDeps;
  readonly #clock = new SteadyClock();
  readonly #book: KeyBook;
  readonly #crowd = new CrowdCounts();
  readonly #policies = new Map<string, Policy>();
  readonly #named = new Map<string, Limit>();
  #counts = new Map<string, LimitCounts>();
  #waiters = 0;

  constructor(deps: LimitsDeps) {
    this.#deps = deps;
    this.#book = new KeyBook(deps.random);
  }

  /** Spends a request's tokens of each policy of its service. `null` lets it pass. What earlier ones took stays taken. */
  take(arrival: Arrival, background: Background): Limited | null | Promise<Limited | null> {
    const { limits } = arrival.service;
    for (let i = 0; i < limits.length; i++) {
      const limited = this.#takeOne(limits[i] as LimitEntry, arrival, background);
      if (limited instanceof Promise) return this.#takeRest(limited, i + 1, arrival, background);
      if (limited !== null) return limited;
    }
    return null;
  }

  /** Spends tokens of a bucket that belongs to no policy. One that costs more than the burst never passes. */
  spend(bucket: SharedBucket, cost: number, unixMs: number, background: Background): Spent | Promise<Spent> {
    return this.#spend(this.#limitNamed(bucket), "", null, cost, unixMs, background);
  }

  /** What has been counted since it was last asked, by policy. */
  takeCounts(): ReadonlyMap<string, Readonly<LimitCounts>> {
    const counts = this.#counts;
    this.#counts = new Map();
    return counts;
  }

  /** What an isolate needs for all of this, whatever clients send: no more than `maxBytes`. */
  memory(): { readonly bytes: number; readonly maxBytes: number; readonly leases: number; readonly waiters: number } {
    const fixed = this.#book.quiet.bytes + this.#crowd.bytes;
    const { leases } = this.#book;
    return {
      bytes: fixed + leases * LEASE_BYTES,
      maxBytes: fixed + (MAX_LEASES + MAX_NAMES) * LEASE_BYTES,
      leases,
      waiters: this.#waiters,
    };
  }

  async #takeRest(
    first: Promise<Limited | null>,
    next: number,
    arrival: Arrival,
    background: Background,
  ): Promise<Limited | null> {
    let limited = await first;
    const { limits } = arrival.service;
    for (let i = next; i < limits.length && limited === null; i++)
      limited = await this.#takeOne(limits[i] as LimitEntry, arrival, background);
    return limited;
  }

  #takeOne(
    { id, limit: rules }: LimitEntry,
    { facts, now }: Arrival,
    background: Background,
  ): Limited | null | Promise<Limited | null> {
    if (rules.cost === 0 || !isLimitedBy(rules, facts)) return null;
    const { limit } = this.#policy(id, rules);
    const spent = this.#spend(limit, limitKey(rules.key, facts), facts.client, rules.cost, now, background);
    if (!(spent instanceof Promise)) return this.#judge(id, rules, spent);
    const judged = spent.then((value) => this.#judge(id, rules, value));
    if (!isSilent(rules)) return judged;
    // Who is only counted need not wait for it.
    background(judged);
    return null;
  }

  #judge(id: string, rules: RateLimit, spent: Spent): Limited | null {
    const counts = this.#countsOf(id);
    if (spent.kind === "passed") {
      counts.passed += 1;
      return null;
    }
    if (rules.shadow || rules.action === "log") {
      counts.wouldLimit += 1;
      return null;
    }
    counts.limited += 1;
    const { action, rate, periodSeconds } = rules;
    return { kind: "limited", limit: id, action, rate, periodSeconds, retryAfterMs: spent.retryAfterMs };
  }

  #spend(
    limit: Limit,
    key: string,
    client: Ip | null,
    cost: number,
    unixMs: number,
    background: Background,
  ): Spent | Promise<Spent> {
    if (cost <= 0) return PASSED;
    const now = this.#clock.read(unixMs);
    this.#sweep(now, background);
    let lease = limit.leases.get(key) ?? null;
    if (lease === null) {
      if (cost > limit.spec.burst) return short(limit.spec.periodSeconds * 1000);
      if (this.#book.isQuiet(limit, key, cost, now)) return PASSED;
      lease = this.#book.open(limit, key, now);
      if (lease === null) return this.#takeOfCrowd(limit, client, cost, now);
    }
    const taking = lease.borrower.take(cost, now);
    if (lease.borrower.isDue(now)) this.#refresh(lease, now, background);
    switch (taking) {
      case "passed":
        return PASSED;
      case "over":
        return short(lease.borrower.retryAfterMs(cost, now));
      case "alone":
        return this.#takeAlone(lease, cost, now);
      case "waiting":
        return this.#waiters < MAX_WAITERS ? this.#wait(lease, cost, background) : this.#takeAlone(lease, cost, now);
    }
  }

  /** Asks for more, or gives the key up when it has become quiet. */
  #refresh(lease: Lease, now: number, background: Background): void {
    const { borrower, limit } = lease;
    if (limit.quiet !== null && borrower.isQuieterThan(limit.quiet.perSecond / 2, now)) {
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
      if (grant.success) borrower.granted(grant.data, read());
      else borrower.failed(ask.sequence, read());
    } catch (error) {
      borrower.failed(ask.sequence, read());
      console.warn(`the owner of ${limit.name} cannot be reached`, error);
    }
  }

  /** Gives back what a key holds. */
  #return(lease: Lease, now: number, background: Background): void {
    const ask = lease.borrower.release(now);
    if (ask.returned > 0) background(this.#ask(lease, ask));
  }

  #sweep(now: number, background: Background): void {
    for (const lease of this.#book.sweep(now)) this.#return(lease, now, background);
  }

  async #wait(lease: Lease, cost: number, background: Background): Promise<Spent> {
    const { borrower } = lease;
    let now = this.#clock.read(this.#deps.now());
    const until = now + MAX_WAIT_MS;
    this.#waiters += 1;
    borrower.wait(cost);
    try {
      for (let look = 0; look < MAX_LOOKS && lease.flight !== null && now < until; look++) {
        await within(lease.flight, until - now, null);
        now = this.#clock.read(this.#deps.now());
        const taking = borrower.takeAgain(cost, now);
        if (taking === "passed") return PASSED;
        if (taking === "over") return short(borrower.retryAfterMs(cost, now));
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
  #takeAlone({ limit, borrower }: Lease, cost: number, now: number): Spent {
    switch (limit.whenUnreachable) {
      case "open":
        return PASSED;
      case "closed":
        return short(UNREACHABLE_RETRY_MS);
      case "divide":
        return borrower.takeAlone(cost, borrower.edges ?? UNKNOWN_EDGES, now) ? PASSED : short(UNREACHABLE_RETRY_MS);
    }
  }

  /** Too many keys are busy here: this one counts with its neighbours. */
  #takeOfCrowd({ hash, spec }: Limit, client: Ip | null, cost: number, now: number): Spent {
    const seed = hash ^ this.#book.seed;
    const network = client === null ? seed : networkHash(client, seed);
    const { retryAfterMs } = this.#crowd.take(network, cost, spec, UNKNOWN_EDGES, now);
    return retryAfterMs === 0 ? PASSED : short(retryAfterMs);
  }

  /** A policy that has been changed is another one, and begins anew. */
  #policy(id: string, rules: RateLimit): Policy {
    const known = this.#policies.get(id);
    if (known?.rules === rules) return known;
    const limit = known && isSameLimit(known.rules, rules) ? known.limit : limitOf(id, rules);
    if (known && known.limit !== limit) this.#book.drop(known.limit);
    const policy = { rules, limit };
    keep(this.#policies, id, policy, ({ limit: forgotten }) => this.#book.drop(forgotten));
    return policy;
  }

  #limitNamed(bucket: SharedBucket): Limit {
    const { name, whenUnreachable } = bucket;
    const known = this.#named.get(name);
    if (known && known.whenUnreachable === whenUnreachable && isSameSpec(known.spec, bucket)) return known;
    if (known) this.#book.drop(known);
    const rest = { whenUnreachable, ban: null, isSingle: true, isOfClient: false };
    const limit = makeLimit(`shared:${name}`, bucket, 1, rest);
    keep(this.#named, name, limit, (forgotten) => this.#book.drop(forgotten));
    return limit;
  }

  #countsOf(id: string): LimitCounts {
    let counts = this.#counts.get(id);
    if (!counts) {
      counts = { passed: 0, limited: 0, wouldLimit: 0 };
      keep(this.#counts, id, counts, () => undefined);
    }
    return counts;
  }
}

const short = (retryAfterMs: number): Spent => ({ kind: "short", retryAfterMs });

const isSilent = ({ shadow, action }: RateLimit): boolean => shadow || action === "log";

function limitOf(id: string, rules: RateLimit): Limit {
  const [part] = rules.key;
  const isAddress = rules.key.length === 1 && part?.kind === "client-address";
  const bans = isAddress && rules.banAfterSeconds !== null && !isSilent(rules);
  const ban = bans ? { limit: id, afterSeconds: rules.banAfterSeconds ?? 0 } : null;
  const { whenUnreachable } = rules;
  const isOfClient = rules.key.some(({ kind }) => kind === "client-address");
  return makeLimit(`policy:${id}`, rules, rules.cost, { whenUnreachable, ban, isSingle: false, isOfClient });
}

/** All else of a policy says only whom it is for, and what becomes of them. */
const isSameLimit = (a: RateLimit, b: RateLimit): boolean =>
  isSameSpec(a, b) &&
  a.cost === b.cost &&
  a.whenUnreachable === b.whenUnreachable &&
  a.banAfterSeconds === b.banAfterSeconds &&
  isSilent(a) === isSilent(b) &&
  JSON.stringify(a.key) === JSON.stringify(b.key);

/** Keeps the entries that were set last. */
function keep<T>(map: Map<string, T>, key: string, value: T, forget: (value: T) => void): void {
  map.delete(key);
  const [oldest] = map.size >= MAX_NAMES ? map : [];
  if (oldest) {
    map.delete(oldest[0]);
    forget(oldest[1]);
  }
  map.set(key, value);
}
