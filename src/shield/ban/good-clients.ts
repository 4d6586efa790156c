import { hashText } from "../../base/hash.ts";
import { type Cidr, neighbourhoodOf, networkText } from "../../base/ip.ts";
import { networkOf } from "./network.ts";

/** Good clients that are remembered, and clients that are not good yet. */
export const MAX_GOOD = 4096;
export const MAX_NEW = 4096;
/**
 * A client is good when it was seen over a day, so that who looks around before an attack does not protect itself; while
 * the sample is young, over half of the time that there has been, and ten minutes at least.
 */
export const GOOD_OVER_MS = 86_400_000;
export const LEAST_GOOD_OVER_MS = 10 * 60_000;
/** It is until it was not seen for a week. */
export const KNOWN_FOR_MS = 7 * 86_400_000;
/** One that is not good yet, and is not seen for so long, is forgotten. */
export const NEW_FOR_MS = 3 * 86_400_000;

/**
 * Of the good clients, the percent that bans may touch together unless a deployment says another. But for 0 one always may
 * be, or nobody could be banned where few are known.
 */
export const DEFAULT_COLLATERAL_PERCENT = 0.1;
export const MIN_TOUCHABLE = 1;

/** A client by its first and last sight, Unix milliseconds. */
export interface KnownClient {
  readonly client: string;
  readonly first: number;
  readonly last: number;
  readonly hash: number;
}

/** What is to be kept of a client. */
export interface Seen extends KnownClient {
  readonly isGood: boolean;
}

interface Held extends KnownClient {
  readonly cidr: Cidr;
  readonly neighbourhood: string;
}

/** Hashes are below it. */
const ALL = 2 ** 32;

/**
 * The clients of the last week that were served well, as a sample: those whose hash is below a ceiling, which sinks when
 * they are too many, so that it does not depend on how often and in what order they are seen (bottom-k; Beyer and
 * others, "On synopses for distinct-value estimation under multiset operations", 2007). Memory is fixed. The hashes
 * depend on a seed that nobody is told, so that no stranger can choose addresses that fill the sample. Where strangers
 * crowd out those that are new, fewer become good: bans may then touch fewer, never more.
 */
export class GoodClients {
  readonly #seed: number;
  readonly #since: number;
  readonly #good = new Map<string, Held>();
  readonly #new = new Map<string, Held>();
  readonly #collateralPercent: number;
  #ceiling = ALL;

  /** `since`, Unix milliseconds: when the sample was begun. */
  constructor(
    seed: number,
    since: number,
    kept: Iterable<Omit<KnownClient, "hash">> = [],
    collateralPercent = DEFAULT_COLLATERAL_PERCENT,
  ) {
    this.#collateralPercent = collateralPercent;
    this.#seed = seed;
    this.#since = since;
    for (const { client, first, last } of kept) this.#hold(client, first, last);
    // Where the ceiling was is near the greatest of many.
    if (this.#good.size >= MAX_GOOD / 2) this.#ceiling = greatest(this.#good).hash + 1;
  }

  /** Takes a sight of a client. Gives what is to be kept of it; `null` where it is in no sample. */
  sight(client: string, at: number, now: number): Seen | null {
    // A clock ahead of this one has seen it now.
    const seenAt = Math.min(at, now);
    if (!(now - seenAt <= KNOWN_FOR_MS)) return null;
    const known = this.#good.get(client) ?? this.#new.get(client);
    return this.#hold(client, Math.min(known?.first ?? seenAt, seenAt), Math.max(known?.last ?? seenAt, seenAt));
  }

  /** Those of a network are no good clients any more: they have to be seen anew. Gives who was in a sample. */
  strike(cidr: Cidr): string[] {
    const struck: string[] = [];
    for (const held of [this.#good, this.#new])
      for (const [client, each] of held) {
        if (!holds(cidr, each)) continue;
        held.delete(client);
        struck.push(client);
      }
    return struck;
  }

  /** Forgets those that were not seen for long. A clock set back forgets nobody. */
  forget(now: number): void {
    for (const [client, { last }] of this.#new) if (now - last > NEW_FOR_MS) this.#new.delete(client);
    for (const [client, { last }] of this.#good) if (now - last > KNOWN_FOR_MS) this.#good.delete(client);
    if (this.#good.size < MAX_GOOD / 2) this.#ceiling = Math.min(ALL, this.#ceiling * 2);
  }

  /** Whether it is in a sample: of those that are good, or of those that may become so. */
  holds(client: string): boolean {
    return this.#good.has(client) || this.#new.has(client);
  }

  /** How many there are, by the sample: exactly while all fit. */
  get known(): number {
    return (this.#good.size * ALL) / this.#ceiling;
  }

  /** How many of them are in a network, by the sample. */
  touchedBy(cidr: Cidr): number {
    let count = 0;
    for (const each of this.#good.values()) if (holds(cidr, each)) count += 1;
    return (count * ALL) / this.#ceiling;
  }

  /** How many of them all bans together may touch. */
  get mayTouch(): number {
    const percent = this.#collateralPercent;
    return percent === 0 ? 0 : Math.max(MIN_TOUCHABLE, (percent * this.known) / 100);
  }

  /** Whoever was good once is so with each further sight: what is asked grows by half of the time that passes. */
  #isGood({ first, last }: Held): boolean {
    const age = last - this.#since;
    return last - first >= Math.min(GOOD_OVER_MS, Math.max(LEAST_GOOD_OVER_MS, age / 2));
  }

  #hold(client: string, first: number, last: number): Seen | null {
    const cidr = networkOf(client);
    if (cidr === null) return null;
    const hash = hashText(client, this.#seed);
    const each: Held = { client, first, last, hash, cidr, neighbourhood: neighbourhoodOf(cidr.ip) };
    if (!this.#isGood(each)) {
      this.#new.set(client, each);
      if (this.#new.size > MAX_NEW) this.#new.delete(greatest(this.#new).client);
      return this.#new.has(client) ? { client, first, last, hash, isGood: false } : null;
    }
    this.#new.delete(client);
    if (hash >= this.#ceiling) return null;
    this.#good.set(client, each);
    if (this.#good.size <= MAX_GOOD) return { client, first, last, hash, isGood: true };
    const most = greatest(this.#good);
    this.#good.delete(most.client);
    this.#ceiling = most.hash;
    return most === each ? null : { client, first, last, hash, isGood: true };
  }
}

function greatest(held: ReadonlyMap<string, Held>): Held {
  let found: Held | null = null;
  for (const each of held.values()) if (found === null || each.hash > found.hash) found = each;
  return found as Held;
}

/** Whether a client is in a network. Networks of clients and of neighbours, which are asked for most, are compared as they are. */
function holds({ ip, prefix, text }: Cidr, { cidr, neighbourhood }: Held): boolean {
  if (ip.family !== cidr.ip.family || prefix > cidr.prefix) return false;
  if (prefix === cidr.prefix) return text === cidr.text;
  return text === (prefix === (ip.family === 4 ? 24 : 48) ? neighbourhood : networkText(cidr.ip, prefix));
}
