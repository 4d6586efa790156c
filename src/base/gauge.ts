/** How long a count is kept at least; one that was never taken back is forgotten within twice this. */
const GENERATION_MS = 60_000;

/** The generation of what begins at a time, as `end` is to be told. */
export const generationOf = (now: number): number => Math.floor(now / GENERATION_MS);

/**
 * A count of things in progress that heals itself: when a client goes away, the runtime may end its request
 * without a word, and what it had counted up is never counted down. Counts are kept by generation, and old
 * generations are dropped.
 */
export class Gauge {
  #generation = 0;
  #current = 0;
  #previous = 0;

  /** Counts one up; the result is to be given back to `end`. */
  begin(now: number): number {
    this.#roll(now);
    this.#current += 1;
    return this.#generation;
  }

  end(generation: number): void {
    if (generation === this.#generation) this.#current -= 1;
    else if (generation === this.#generation - 1) this.#previous -= 1;
  }

  value(now: number): number {
    this.#roll(now);
    return this.#current + this.#previous;
  }

  #roll(now: number): void {
    const generation = generationOf(now);
    if (generation === this.#generation) return;
    this.#previous = generation === this.#generation + 1 ? this.#current : 0;
    this.#current = 0;
    this.#generation = generation;
  }
}
