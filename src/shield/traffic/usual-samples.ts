import { z } from "zod";
import type { Random } from "../../base/random.ts";
import { type WeightedTraits, weightedTraitsSchema } from "../attack.ts";
import { resample } from "./resample.ts";
import type { Slice } from "./slice.ts";

const MAX_SAMPLES = 1000;
/** While there is room, so many of a second. */
const FILL_BY = 10;
/** Then one each so many seconds takes the place of another: one stays for three hours on average. */
const REPLACE_EVERY_S = 10;

export const usualSamplesSchema = z.array(weightedTraitsSchema).max(MAX_SAMPLES);

/** Requests of usual times, those of the last hours the most likely (a reservoir with decay). */
export class UsualSamples {
  readonly #random: Random;
  readonly #samples: WeightedTraits[];
  #replacedAt = Number.NEGATIVE_INFINITY;

  constructor(random: Random, record: readonly WeightedTraits[] = []) {
    this.#random = random;
    this.#samples = [...record];
  }

  get all(): readonly WeightedTraits[] {
    return this.#samples;
  }

  learn({ second, samples }: Slice): void {
    const isFull = this.#samples.length >= MAX_SAMPLES;
    // A clock that was set back does not hold it up.
    if (isFull && Math.abs(second - this.#replacedAt) < REPLACE_EVERY_S) return;
    this.#replacedAt = second;
    const room = isFull ? 1 : Math.min(FILL_BY, MAX_SAMPLES - this.#samples.length);
    for (const { traits, weight } of resample(samples, room, this.#random.unit())) {
      const slot = isFull ? Math.floor(this.#random.unit() * MAX_SAMPLES) : this.#samples.length;
      this.#samples[slot] = { traits, weight };
    }
  }
}
