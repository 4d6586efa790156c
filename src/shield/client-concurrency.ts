import { Generations } from "../base/generations.ts";
import { Random } from "../base/random.ts";

/** Of those that are counted until their response begins: most have begun by then. */
const GENERATION_MS = 60_000;
/** Of those that are followed to their end: only what keeps the runtime from telling it can lose one. */
const FOLLOWED_GENERATION_MS = 3_600_000;
/** Of a generation. Those who come when it is full are not counted. */
const MAX_CLIENTS = 20_000;
/** Two of each of the two kinds. */
const GENERATIONS = 4;
/** What a client takes in memory in each, about: its name with that of the service, and its place in the map. */
const CLIENT_BYTES = 150;
/** The part of its limit up to which the requests of a client are followed by samples. */
const SAMPLED_PART = 1 / 8;
/** Fixed, so that runs can be repeated: only who knows of every request that an isolate drew for could foresee a draw. */
const SEED = [0x9e3779b9, 0x243f6a88, 0xb7e15162];

/** What a request counts for. */
export interface Place {
  readonly client: string;
  readonly generation: number;
  readonly weight: number;
  /** To be given back when the last byte of the response has gone, or either side has broken off; else when it begins. */
  readonly isFollowed: boolean;
}

/**
 * Requests of each client that are in progress.
 *
 * To follow a request to its end costs much beside all else that an edge does for it. So while a client has less than an
 * eighth of what it may have, one request in as many, by chance, is followed, and counts for all of them; the others are
 * counted until their response begins, and forgotten after a minute where the client breaks off before. From there on,
 * each is followed. So a client is never refused three quarters of its limit, and what it may have beyond it are those
 * that began before the first sample: an eighth in the mean. In turn instead of by chance, it could time its requests to
 * those that are not followed, or have the turns used up by cheap ones.
 */
export class ClientConcurrency {
  /** What it needs at the very most. */
  readonly maxBytes: number;
  readonly #waiting: Generations<Map<string, number>>;
  readonly #followed: Generations<Map<string, number>>;
  readonly #maxClients: number;
  readonly #random = new Random(SEED);

  constructor(maxClients: number = MAX_CLIENTS) {
    this.#maxClients = maxClients;
    this.maxBytes = GENERATIONS * maxClients * CLIENT_BYTES;
    this.#waiting = new Generations(GENERATION_MS, () => new Map());
    this.#followed = new Generations(FOLLOWED_GENERATION_MS, () => new Map());
  }

  /** Counts one more of a client that may have so many; `null` where there is no room to count it. */
  begin(client: string, most: number, now: number): Place | null {
    const sampled = Math.max(1, Math.floor(most * SAMPLED_PART));
    if (this.count(client, now) >= sampled) return this.#take(this.#followed, client, 1, now);
    return this.#random.word() % sampled === 0
      ? this.#take(this.#followed, client, sampled, now)
      : this.#take(this.#waiting, client, 1, now);
  }

  end({ client, generation, weight, isFollowed }: Place): void {
    const counts = (isFollowed ? this.#followed : this.#waiting).of(generation);
    if (counts === null) return;
    const count = counts.get(client) ?? 0;
    if (count > weight) counts.set(client, count - weight);
    else counts.delete(client);
  }

  count(client: string, now: number): number {
    return countIn(this.#waiting, client, now) + countIn(this.#followed, client, now);
  }

  #take(from: Generations<Map<string, number>>, client: string, weight: number, now: number): Place | null {
    const generation = from.roll(now);
    const count = from.current.get(client);
    if (count === undefined && from.current.size >= this.#maxClients) return null;
    from.current.set(client, (count ?? 0) + weight);
    return { client, generation, weight, isFollowed: from === this.#followed };
  }
}

function countIn(counts: Generations<Map<string, number>>, client: string, now: number): number {
  counts.roll(now);
  const { current, previous } = counts;
  return (current.get(client) ?? 0) + (previous.size === 0 ? 0 : (previous.get(client) ?? 0));
}
