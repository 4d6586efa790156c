import type { Random } from "../../src/base/random.ts";

/** Draws from one seed in words that read well. */
export class Dice {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  between(least: number, most: number): number {
    return least + (most - least) * this.#random.unit();
  }

  /** Both ends may come. */
  integer(least: number, most: number): number {
    return Math.floor(this.between(least, most + 1));
  }

  chance(part: number): boolean {
    return this.#random.unit() < part;
  }

  /** Throws for an empty list. */
  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new Error("nothing to pick from");
    return list[this.integer(0, list.length - 1)] as T;
  }

  /** So many different ones, in an order of their own. */
  sample<T>(list: readonly T[], count: number): T[] {
    const left = [...list];
    const drawn: T[] = [];
    while (drawn.length < count && left.length > 0) drawn.push(...left.splice(this.integer(0, left.length - 1), 1));
    return drawn;
  }

  /** A time between two events that come at this rate by themselves: exponential. */
  pauseMs(meanMs: number): number {
    return -Math.log(1 - this.#random.unit()) * meanMs;
  }
}
