import { z } from "zod";
import { learnLevel, levelSchema, newLevel, partOf } from "../anomaly/level.ts";
import { type Dimension, dimensions, type Slice } from "./slice.ts";

/** What was an hour ago counts half. */
const PART = partOf(3600);
/** Of a dimension. Those with the least share are forgotten. */
const MAX_VALUES = 100;
/** Forgotten at once, together, when there are so many more. */
const SLACK = 50;

export const usualSharesSchema = z.object({
  /** Requests a second. */
  rate: levelSchema,
  shares: z.partialRecord(
    z.enum(dimensions),
    z.record(z.string(), z.number().min(0).max(1)).refine((shares) => Object.keys(shares).length <= MAX_VALUES + SLACK),
  ),
});
export type UsualSharesRecord = z.infer<typeof usualSharesSchema>;

/** The usual rate of a service, and what share each value of each dimension has in it. */
export class UsualShares {
  readonly #rate: UsualSharesRecord["rate"];
  readonly #shares: ReadonlyMap<Dimension, Map<string, number>>;

  constructor(record: UsualSharesRecord = { rate: newLevel(), shares: {} }) {
    this.#rate = { ...record.rate };
    this.#shares = new Map(
      dimensions.map((dimension) => [dimension, new Map(Object.entries(record.shares[dimension] ?? {}))]),
    );
  }

  get record(): UsualSharesRecord {
    const shares = [...this.#shares].map(([dimension, values]) => [dimension, Object.fromEntries(values)]);
    return { rate: { ...this.#rate }, shares: Object.fromEntries(shares) };
  }

  /** Requests a second. */
  get rate(): number {
    return this.#rate.mean;
  }

  /** Seconds that taught it, as far as they matter. */
  get age(): number {
    return this.#rate.weight;
  }

  share(dimension: Dimension, value: string): number {
    return this.#shares.get(dimension)?.get(value) ?? 0;
  }

  values(dimension: Dimension): ReadonlyMap<string, number> {
    return this.#shares.get(dimension) ?? new Map();
  }

  learn({ total, counts }: Slice): void {
    learnLevel(this.#rate, total, PART);
    if (total === 0) return;
    const part = Math.max(PART, 1 / this.#rate.weight);
    for (const [dimension, shares] of this.#shares) {
      const seen = counts.get(dimension);
      // A second of which no sample came says nothing of shares.
      if (!seen || seen.size === 0) continue;
      for (const [value, share] of shares) if (!seen.has(value)) shares.set(value, share * (1 - part));
      for (const [value, count] of seen) {
        const before = shares.get(value) ?? 0;
        shares.set(value, Math.min(1, before + part * (count / total - before)));
      }
      if (shares.size > MAX_VALUES + SLACK) forgetLeast(shares);
    }
  }
}

function forgetLeast(shares: Map<string, number>): void {
  const byShare = [...shares].sort(([, a], [, b]) => b - a);
  for (const [value] of byShare.slice(MAX_VALUES)) shares.delete(value);
}
