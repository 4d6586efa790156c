import { z } from "zod";
import { MAX_REGIONS, regionIdSchema } from "../table/region.ts";
import { bucketOf, LATENCY_BUCKETS, quantileOf } from "./latency-buckets.ts";

/** No batch holds as many requests of one region. */
const MAX_COUNT = 1_000_000_000_000;
const countSchema = z.int().min(1).max(MAX_COUNT);

/** What a number of requests to one region came to, as it travels: only the buckets that hold something. */
export const regionRowSchema = z.object({
  region: regionIdSchema,
  /** Tries without an answer, and those that were answered by a status of 500 or more. */
  failures: z.int().min(0).max(MAX_COUNT),
  /** Of the answers below 500. */
  latency: z
    .array(
      z.tuple([
        z
          .int()
          .min(0)
          .max(LATENCY_BUCKETS - 1),
        countSchema,
      ]),
    )
    .max(LATENCY_BUCKETS),
});
export type RegionRow = z.infer<typeof regionRowSchema>;

/** What requests to a region came to. */
export interface RegionFigures {
  readonly requests: number;
  readonly failures: number;
  /** Of the answers below 500; `null` where there was none. */
  readonly p95Ms: number | null;
}

/** The failures, behind the buckets. */
const FAILURES = LATENCY_BUCKETS;

/** Counts of the tries that went to each region, in memory of a fixed size. */
export class RegionCounts {
  readonly #tallies = new Map<string, Float64Array>();

  get isEmpty(): boolean {
    return this.#tallies.size === 0;
  }

  /** On the path of each request: one look-up and one increment. */
  count(region: string, ms: number, failed: boolean): void {
    const tally = this.#tallies.get(region) ?? this.#begin(region);
    const slot = failed ? FAILURES : bucketOf(ms);
    tally[slot] = (tally[slot] ?? 0) + 1;
  }

  add(rows: readonly RegionRow[]): void {
    for (const { region, failures, latency } of rows) {
      const tally = this.#tallies.get(region) ?? this.#begin(region);
      tally[FAILURES] = (tally[FAILURES] ?? 0) + failures;
      for (const [bucket, count] of latency) tally[bucket] = (tally[bucket] ?? 0) + count;
    }
  }

  addAll(others: RegionCounts): void {
    for (const [region, other] of others.#tallies) {
      const tally = this.#tallies.get(region) ?? this.#begin(region);
      for (let slot = 0; slot <= FAILURES; slot++) tally[slot] = (tally[slot] ?? 0) + (other[slot] ?? 0);
    }
  }

  regions(): Iterable<string> {
    return this.#tallies.keys();
  }

  figures(region: string): RegionFigures {
    const tally = this.#tallies.get(region) ?? nothing;
    const failures = tally[FAILURES] ?? 0;
    let requests = failures;
    for (let bucket = 0; bucket < LATENCY_BUCKETS; bucket++) requests += tally[bucket] ?? 0;
    return { requests, failures, p95Ms: quantileOf(tally, 0.95) };
  }

  rows(): RegionRow[] {
    return [...this.#tallies].map(([region, tally]) => {
      const latency: [number, number][] = [];
      for (let bucket = 0; bucket < LATENCY_BUCKETS; bucket++)
        if (tally[bucket]) latency.push([bucket, tally[bucket] ?? 0]);
      return { region: region as RegionRow["region"], failures: tally[FAILURES] ?? 0, latency };
    });
  }

  take(): RegionRow[] {
    const rows = this.rows();
    this.#tallies.clear();
    return rows;
  }

  /** A region beyond what a table can have is not counted. */
  #begin(region: string): Float64Array {
    const tally = new Float64Array(LATENCY_BUCKETS + 1);
    if (this.#tallies.size < MAX_REGIONS) this.#tallies.set(region, tally);
    return tally;
  }
}

const nothing = new Float64Array(LATENCY_BUCKETS + 1);
