import { Generations, generationAt } from "./generations.ts";

/** Where nothing else is said: longer than nearly all requests wait for their response. */
const GENERATION_MS = 60_000;

/** The generation of what begins at a time, as `end` is to be told. */
export const generationOf = (now: number): number => generationAt(now, GENERATION_MS);

/** A count of things in progress that heals itself by generations. */
export class Gauge {
  readonly #counts: Generations<{ value: number }>;

  constructor(generationMs: number = GENERATION_MS) {
    this.#counts = new Generations(generationMs, () => ({ value: 0 }));
  }

  /** Counts one up; the result is to be given back to `end`. */
  begin(now: number): number {
    const generation = this.#counts.roll(now);
    this.#counts.current.value += 1;
    return generation;
  }

  end(generation: number): void {
    const counts = this.#counts.of(generation);
    if (counts !== null) counts.value -= 1;
  }

  value(now: number): number {
    this.#counts.roll(now);
    return this.#counts.current.value + this.#counts.previous.value;
  }
}
