import { LogCollapsingLowestDenseDDSketch as Sketch } from "@datadog/sketches-js";
import { z } from "zod";
import type { PairStatistics } from "./statistics.ts";

/** A quantile is off by at most this part of itself (DDSketch: Masson, Rim, Lee, VLDB 2019). */
const RELATIVE_ACCURACY = 0.02;
/** From 0.1 ms to 10 s it takes 288 of them; the lowest share one beyond. */
const MAX_BINS = 300;
/** Figures are those of the last half hour to hour. */
const GENERATION_MS = 30 * 60_000;

const tallySchema = z.object({
  /** When the first check of it ended, Unix milliseconds. */
  from: z.number(),
  lost: z.number(),
  /** Of the round trips, by the sketch's own keys. */
  bins: z.array(z.tuple([z.int(), z.number()])).max(MAX_BINS),
  /** Round trips too short for the clock. */
  zeros: z.number(),
  minMs: z.number().nullable(),
  sumMs: z.number(),
  /** Differences between successive round trips, and how many there are. */
  jitterMs: z.number(),
  differences: z.number(),
});
type Tally = Readonly<z.infer<typeof tallySchema>>;

/** What is kept of the checks of one path: of this generation and of the one before. Bounded, whatever is added. */
export const pathRecordSchema = z.object({
  /** When the last check ended, Unix milliseconds. */
  at: z.number(),
  /** The round trip of the last check; `null` when it failed. */
  lastMs: z.number().nullable(),
  tallies: z.array(tallySchema).max(2),
});
export type PathRecord = Readonly<z.infer<typeof pathRecordSchema>>;

export const unmeasured: PathRecord = { at: 0, lastMs: null, tallies: [] };

/** Adds a check: its round trip in milliseconds, or `null` when it failed. */
export function addCheck({ lastMs, tallies }: PathRecord, roundTripMs: number | null, at: number): PathRecord {
  const [newest, ...older] = tallies;
  const isCurrent = newest !== undefined && Math.abs(at - newest.from) < GENERATION_MS;
  const tally = isCurrent ? newest : { ...empty, from: at };
  const kept = isCurrent ? older : newest && at - newest.from < 2 * GENERATION_MS ? [newest] : [];
  return { at, lastMs: roundTripMs, tallies: [add(tally, roundTripMs, lastMs), ...kept] };
}

/** The statistics of several paths together; `null` when nothing was checked. */
export function statisticsOfPaths(records: readonly PathRecord[]): PairStatistics | null {
  const tallies = records.flatMap((record) => record.tallies);
  const sketch = newSketch();
  for (const tally of tallies) fill(sketch, tally);
  const total = (part: "lost" | "sumMs" | "jitterMs" | "differences") =>
    tallies.reduce((sum, tally) => sum + tally[part], 0);
  const samples = sketch.count + total("lost");
  if (samples === 0) return null;
  const quantile = (q: number) => (sketch.count === 0 ? null : sketch.getValueAtQuantile(q));
  return {
    minMs: tallies.reduce<number | null>(
      (least, { minMs }) => (minMs === null ? least : Math.min(least ?? minMs, minMs)),
      null,
    ),
    avgMs: sketch.count === 0 ? null : total("sumMs") / sketch.count,
    p50Ms: quantile(0.5),
    p95Ms: quantile(0.95),
    p99Ms: quantile(0.99),
    jitterMs: total("differences") === 0 ? null : total("jitterMs") / total("differences"),
    loss: total("lost") / samples,
    samples,
    at: Math.max(...records.map(({ at }) => at)),
  };
}

const empty: Tally = { from: 0, lost: 0, bins: [], zeros: 0, minMs: null, sumMs: 0, jitterMs: 0, differences: 0 };

function add(tally: Tally, roundTripMs: number | null, lastMs: number | null): Tally {
  if (roundTripMs === null) return { ...tally, lost: tally.lost + 1 };
  const sketch = newSketch();
  fill(sketch, tally);
  sketch.accept(roundTripMs);
  const { bins, offset } = sketch.store;
  return {
    ...tally,
    bins: bins.flatMap((count, i): [number, number][] => (count > 0 ? [[i + offset, count]] : [])),
    zeros: sketch.zeroCount,
    minMs: Math.min(tally.minMs ?? roundTripMs, roundTripMs),
    sumMs: tally.sumMs + roundTripMs,
    // |D(i−1, i)| of RFC 3550, section 6.4.1, of round trips; none across a check that failed.
    jitterMs: tally.jitterMs + (lastMs === null ? 0 : Math.abs(roundTripMs - lastMs)),
    differences: tally.differences + (lastMs === null ? 0 : 1),
  };
}

const newSketch = () => new Sketch({ relativeAccuracy: RELATIVE_ACCURACY, binLimit: MAX_BINS });

/** By its fields, since its own way to bytes needs a library for Protocol Buffers. */
function fill(sketch: Sketch, { bins, zeros }: Tally): void {
  for (const [key, count] of bins) {
    sketch.store.add(key, count);
    sketch.count += count;
  }
  sketch.zeroCount += zeros;
  sketch.count += zeros;
}
