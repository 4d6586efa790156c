import { keepRecent } from "../../src/base/keep-recent.ts";
import { limitKey, spendsOf } from "../../src/shield/limit/key.ts";
import { LEASE_BYTES, LIMIT_BYTES, type Limit, makeLimit } from "../../src/shield/limit/key-book.ts";
import { isSameSpec, type SharedBucket } from "../../src/shield/limit/spec.ts";
import { type LimitCounts, type LimitSums, limitCountsOf } from "../../src/shield/traffic/limit-totals.ts";
import type { LimitCount } from "../../src/shield/traffic/traffic-second.ts";
import { isOfAddress, isSilent, type RateLimit } from "../../src/table/rate-limit.ts";
import type { LimitEntry } from "../../src/table/snapshot.ts";
import type { Background } from "../background.ts";
import { LeasedBuckets, type LeasedBucketsDeps } from "./leased-buckets.ts";
import type { Arrival } from "./shield.ts";
import type { Leases, Spent } from "./spend.ts";

/** Limits by name that an isolate remembers, those that were set last. A forgotten one begins anew. */
const MAX_NAMES = 1000;
/** What the counts of a policy take in memory, about. */
const COUNTS_BYTES = 150;

/** A request that a policy does not let pass. */
export interface Limited {
  readonly kind: "limited";
  /** The policy. */
  readonly limit: string;
  readonly action: "block" | "challenge";
  readonly rate: number;
  readonly periodSeconds: number;
  readonly cost: number;
  readonly retryAfterMs: number;
}

interface Policy {
  readonly rules: RateLimit;
  readonly limit: Limit;
}

/** The limits as one isolate holds them: the policies of services, and those by name that belong to none. */
export class Limits implements Leases {
  readonly #buckets: LeasedBuckets;
  readonly #policies = new Map<string, Policy>();
  readonly #named = new Map<string, Limit>();
  #counts: LimitSums = new Map();

  constructor(deps: LeasedBucketsDeps) {
    this.#buckets = new LeasedBuckets(deps);
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
    return this.#buckets.spend({ limit: this.#limitNamed(bucket), key: "", client: null, cost }, unixMs, background);
  }

  /** What has been counted since it was last asked, by policy. */
  takeCounts(): LimitCount[] {
    const counts = this.#counts;
    this.#counts = new Map();
    return limitCountsOf(counts);
  }

  /** What an isolate needs for all of this, whatever clients send: no more than `maxBytes`. */
  memory(): ReturnType<LeasedBuckets["memory"]> {
    const { bytes, maxBytes, ...rest } = this.#buckets.memory();
    const policies = this.#policies.size * LIMIT_BYTES + this.#counts.size * COUNTS_BYTES;
    const maxPolicies = MAX_NAMES * (LIMIT_BYTES + COUNTS_BYTES);
    // One by name has one key, which never counts as too many.
    const maxNamed = MAX_NAMES * (LIMIT_BYTES + LEASE_BYTES);
    const bytesNow = bytes + policies + this.#named.size * LIMIT_BYTES;
    return { ...rest, bytes: bytesNow, maxBytes: maxBytes + maxPolicies + maxNamed };
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
    if (!spendsOf(rules, facts)) return null;
    const { limit } = this.#policy(id, rules);
    const client = limit.isOfClient ? facts.client : null;
    const spending = { limit, key: limitKey(rules.key, facts), client, cost: rules.cost };
    const spent = this.#buckets.spend(spending, now, background);
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
    const { action, rate, periodSeconds, cost } = rules;
    return { kind: "limited", limit: id, action, rate, periodSeconds, cost, retryAfterMs: spent.retryAfterMs };
  }

  /** A policy that has been changed is another one, and begins anew. */
  #policy(id: string, rules: RateLimit): Policy {
    const known = this.#policies.get(id);
    if (known?.rules === rules) return known;
    const limit = known && isSameLimit(known.rules, rules) ? known.limit : limitOf(id, rules);
    if (known && known.limit !== limit) this.#buckets.drop(known.limit);
    const policy = { rules, limit };
    keepRecent(this.#policies, id, policy, MAX_NAMES, ({ limit: forgotten }) => this.#buckets.drop(forgotten));
    return policy;
  }

  #limitNamed(bucket: SharedBucket): Limit {
    const { name, whenUnreachable } = bucket;
    const known = this.#named.get(name);
    if (known && known.whenUnreachable === whenUnreachable && isSameSpec(known.spec, bucket)) return known;
    if (known) this.#buckets.drop(known);
    const rest = { whenUnreachable, ban: null, isSingle: true, isOfClient: false };
    const limit = makeLimit(`shared:${name}`, bucket, 1, rest);
    keepRecent(this.#named, name, limit, MAX_NAMES, (forgotten) => this.#buckets.drop(forgotten));
    return limit;
  }

  #countsOf(id: string): LimitCounts {
    let counts = this.#counts.get(id);
    if (!counts) {
      counts = { passed: 0, limited: 0, wouldLimit: 0 };
      keepRecent(this.#counts, id, counts, MAX_NAMES);
    }
    return counts;
  }
}

function limitOf(id: string, rules: RateLimit): Limit {
  const bans = isOfAddress(rules) && rules.banAfterSeconds !== null && !isSilent(rules);
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
