/** The generation that is on at a time, in milliseconds, where each lasts so long. */
export const generationAt = (now: number, lastsMs: number): number => Math.floor(now / lastsMs);

/**
 * Counts of this generation and of the one before; older ones are dropped. So what was counted up and is never taken back,
 * as when the runtime ends a request without a word, is forgotten within two generations, and kept for one at least.
 */
export class Generations<Counts> {
  readonly lastsMs: number;
  readonly #make: () => Counts;
  #generation = 0;
  #current: Counts;
  #previous: Counts;

  constructor(lastsMs: number, make: () => Counts) {
    this.lastsMs = lastsMs;
    this.#make = make;
    this.#current = make();
    this.#previous = make();
  }

  get current(): Counts {
    return this.#current;
  }

  get previous(): Counts {
    return this.#previous;
  }

  /** Drops what is over. Gives the generation in which something begins now, as `of` is to be told at its end. */
  roll(now: number): number {
    const generation = generationAt(now, this.lastsMs);
    if (generation !== this.#generation) {
      // A clock that jumps, either way, drops what there was.
      this.#previous = generation === this.#generation + 1 ? this.#current : this.#make();
      this.#current = this.#make();
      this.#generation = generation;
    }
    return generation;
  }

  /** The counts in which something began; `null` when they have been dropped. */
  of(generation: number): Counts | null {
    if (generation === this.#generation) return this.#current;
    return generation === this.#generation - 1 ? this.#previous : null;
  }
}
