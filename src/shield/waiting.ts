/** How long a count is kept at least, and twice this at most. */
const GENERATION_MS = 60_000;
/** Of a generation. Those who come when it is full are not counted. */
const MAX_CLIENTS = 20_000;

/**
 * Requests of each client that wait for a response. It heals itself as `Gauge` does: the runtime may end the request of
 * a client that goes away without a word, so that counts are kept by generation and old ones are dropped. A request
 * that waits for longer is therefore not counted to its end, which is better than counting those that are gone.
 */
export class Waiting {
  #generation = 0;
  #current = new Map<string, number>();
  #previous = new Map<string, number>();
  readonly #maxClients: number;

  constructor(maxClients: number = MAX_CLIENTS) {
    this.#maxClients = maxClients;
  }

  /** Counts one more of the client; what it gives is to be given back to `end`. */
  begin(client: string, now: number): number {
    this.#roll(now);
    const count = this.#current.get(client);
    if (count !== undefined) this.#current.set(client, count + 1);
    else if (this.#current.size < this.#maxClients) this.#current.set(client, 1);
    return this.#generation;
  }

  end(client: string, generation: number): void {
    if (generation === this.#generation) countDown(this.#current, client);
    else if (generation === this.#generation - 1) countDown(this.#previous, client);
  }

  count(client: string, now: number): number {
    this.#roll(now);
    return (this.#current.get(client) ?? 0) + (this.#previous.size === 0 ? 0 : (this.#previous.get(client) ?? 0));
  }

  #roll(now: number): void {
    const generation = Math.floor(now / GENERATION_MS);
    if (generation === this.#generation) return;
    // A clock that jumps, either way, drops what there was.
    this.#previous = generation === this.#generation + 1 ? this.#current : new Map();
    this.#current = new Map();
    this.#generation = generation;
  }
}

function countDown(counts: Map<string, number>, client: string): void {
  const count = counts.get(client) ?? 0;
  if (count > 1) counts.set(client, count - 1);
  else counts.delete(client);
}
