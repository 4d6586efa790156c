import { hashText } from "../../base/hash.ts";
import type { Random } from "../../base/random.ts";
import { Borrower, type Sequences } from "./borrower.ts";
import { asksFirst, type Quiet, QuietCounts, quietOf } from "./quiet-counts.ts";
import { type BucketSpec, perSecondOf } from "./spec.ts";
import { TokenBucket } from "./token-bucket.ts";

/** Keys that an isolate borrows for at a time, over all limits; the single keys of buckets by name come on top. */
export const MAX_LEASES = 2000;
/** What a lease takes in memory, about: itself, its key, its place in the map. */
export const LEASE_BYTES = 1200;
/** And a limit, with its name. */
export const LIMIT_BYTES = 900;
/** New keys that an isolate asks owners about. Whoever sends from a million addresses causes no more. */
const LOOK_UPS = { rate: 50, periodSeconds: 1, burst: 100 };
/**
 * A key that nobody used for so long is given up and returns what it holds, or at a slow limit when two requests more could
 * have come: one who keeps the limit goes on with what was learned of him. At most so late, as keys that are new come 50 a
 * second, and must find room.
 */
const IDLE_MS = 700;
const MAX_IDLE_MS = 30_000;
/** Between two looks for keys that are idle. */
const SWEEP_EVERY_MS = 250;
/** Keys that return what they hold by one look; of the others it runs out. */
const MAX_RETURNS = 10;

/** For so long the most edges that a key of a limit has had count for its other keys. */
const EDGES_LIVE_MS = 60_000;

/** One limit as an isolate has it. */
export interface Limit {
  /** Before the key, in the name of the owner. */
  readonly name: string;
  readonly hash: number;
  readonly spec: BucketSpec;
  /** Whether a key holds the address of its client. */
  readonly isOfClient: boolean;
  /**
   * `null` where many clients share a key: all isolates feed it, and together would let pass what each of them may,
   * however many they are.
   */
  readonly quiet: Quiet | null;
  /** Asks before it lets anything pass as quiet. */
  readonly asksFirst: boolean;
  /** Has one key, and there are few like it: it never counts with the crowd. */
  readonly isSingle: boolean;
  /** A key that nobody used for so long is given up. */
  readonly idleMs: number;
  readonly whenUnreachable: "divide" | "open" | "closed";
  /** An address that is over the limit for so long is reported. */
  readonly ban: { readonly limit: string; readonly afterSeconds: number } | null;
  readonly leases: Map<string, Lease>;
  /**
   * The most edges that one of its keys was said to have of late, and when. It outlives the keys: who pauses until his is
   * given up, or begins another, has no more than before.
   */
  edges: { readonly most: number; readonly heardAt: number } | null;
}

export interface Lease {
  readonly limit: Limit;
  readonly key: string;
  readonly borrower: Borrower;
  /** Ends when the ask that was sent last has been answered or has failed; `null` before the first. */
  flight: Promise<void> | null;
}

export function makeLimit(
  name: string,
  spec: BucketSpec,
  cost: number,
  rest: Pick<Limit, "whenUnreachable" | "ban" | "isSingle" | "isOfClient">,
): Limit {
  const { rate, periodSeconds, burst } = spec;
  const full = `${name}:${rate}/${periodSeconds}/${burst}`;
  return {
    name: full,
    hash: hashText(full),
    spec: { rate, periodSeconds, burst },
    quiet: rest.isOfClient ? quietOf(spec, cost) : null,
    asksFirst: asksFirst(spec, cost),
    idleMs: Math.min(MAX_IDLE_MS, Math.max(IDLE_MS, (2000 * cost) / perSecondOf(spec))),
    ...rest,
    leases: new Map(),
    edges: null,
  };
}

/** An owner has said how many edges one of a limit's keys has. */
export function hearEdges(limit: Limit, edges: number, now: number): void {
  const known = limit.edges;
  if (known === null || edges >= known.most || now - known.heardAt > EDGES_LIVE_MS)
    limit.edges = { most: edges, heardAt: now };
}

/** Which keys of an isolate are quiet, and which it borrows for. Its memory is bounded whatever the keys are. */
export class KeyBook {
  readonly quiet = new QuietCounts();
  readonly #random: Random;
  /** The name of this isolate among those that borrow; drawn when it first does. */
  #edge: string | null = null;
  /** Drawn then too, so that nobody outside can choose keys that share their cells: none are spent before. */
  #seed = 0;
  readonly #sequences: Sequences = { last: 0 };
  #lookUps: TokenBucket | null = null;
  /** All, in the order in which they began. */
  readonly #leases = new Set<Lease>();
  #sweepAt = Number.NEGATIVE_INFINITY;

  constructor(random: Random) {
    this.#random = random;
  }

  get seed(): number {
    return this.#seed;
  }

  get leases(): number {
    return this.#leases.size;
  }

  /** Whether a key that nothing is borrowed for may pass without asking anybody. */
  isQuiet(limit: Limit, key: string, cost: number, now: number): boolean {
    return limit.quiet !== null && this.quiet.take(this.#hashOf(limit, key), cost, limit.quiet, now);
  }

  /** Begins to borrow for a key; `null` when too many keys do, or have begun to. */
  open(limit: Limit, key: string, now: number): Lease | null {
    if (!limit.isSingle && !this.#mayLookUp(now)) return null;
    // By the hash that it was counted by.
    const ahead = limit.quiet === null ? 0 : this.quiet.report(this.#hashOf(limit, key), limit.quiet, now);
    if (this.#edge === null) {
      this.#edge = this.#random.hex(2);
      this.#seed = this.#random.word();
    }
    const beginning = {
      edge: this.#edge,
      sequences: this.#sequences,
      ahead,
      demand: limit.quiet?.perSecond ?? 0,
      ban: limit.ban && { ...limit.ban, client: key },
    };
    const lease = { limit, key, borrower: new Borrower(limit.spec, beginning, now), flight: null };
    this.#leases.add(lease);
    limit.leases.set(key, lease);
    return lease;
  }

  close(lease: Lease): void {
    this.#leases.delete(lease);
    if (lease.limit.leases.get(lease.key) === lease) lease.limit.leases.delete(lease.key);
  }

  /** Gives up all keys of a limit. What they hold is lost, as the limit is. */
  drop(limit: Limit): void {
    for (const lease of limit.leases.values()) this.#leases.delete(lease);
    limit.leases.clear();
  }

  /** Gives up keys that are idle; those of which what they hold is to be returned. */
  sweep(now: number): readonly Lease[] {
    if (now < this.#sweepAt) return none;
    this.#sweepAt = now + SWEEP_EVERY_MS;
    const returned: Lease[] = [];
    for (const lease of this.#leases) {
      if (!lease.borrower.isIdle(lease.limit.idleMs, MAX_IDLE_MS, now) || lease.borrower.isAwaited) continue;
      this.close(lease);
      if (returned.length < MAX_RETURNS && lease.borrower.owesWord) returned.push(lease);
    }
    return returned;
  }

  #mayLookUp(now: number): boolean {
    this.#lookUps ??= new TokenBucket(LOOK_UPS, now);
    this.#lookUps.advance(now);
    return this.#leases.size < MAX_LEASES && this.#lookUps.take(1);
  }

  #hashOf({ hash }: Limit, key: string): number {
    return hashText(key, hash ^ this.#seed);
  }
}

const none: readonly Lease[] = [];
