import { z } from "zod";
import { type Series, samplesIn } from "./series.ts";

const timeMs = z.number().min(0).nullable();

/** What is known of the path from one place to another. Times are in milliseconds, `null` where nothing came back. */
export const pairStatisticsSchema = z.object({
  minMs: timeMs,
  avgMs: timeMs,
  p50Ms: timeMs,
  p95Ms: timeMs,
  p99Ms: timeMs,
  /** `null` also where no two requests were answered one after the other. */
  jitterMs: timeMs,
  /** The part of the requests that was lost, 0 to 1. */
  loss: z.number().min(0).max(1),
  /** Requests, answered or lost. */
  samples: z.int().min(0),
  /** The newest of them, Unix milliseconds. */
  at: z.number(),
});
export type PairStatistics = Readonly<z.infer<typeof pairStatisticsSchema>>;

/** The statistics of all series together, in whatever order they are given; `null` when they hold no request. */
export function statisticsOf(series: readonly Series[]): PairStatistics | null {
  const samples = series.reduce((sum, each) => sum + samplesIn(each), 0);
  if (samples === 0) return null;
  // Sums of floating-point numbers depend on their order, so that they are only ever taken of sorted ones.
  const sorted = series.flatMap(({ roundTripsMs }) => roundTripsMs).sort(ascending);
  return {
    minMs: sorted[0] ?? null,
    avgMs: mean(sorted),
    p50Ms: quantile(sorted, 50),
    p95Ms: quantile(sorted, 95),
    p99Ms: quantile(sorted, 99),
    jitterMs: mean(series.flatMap(differences).sort(ascending)),
    loss: (samples - sorted.length) / samples,
    samples,
    at: Math.max(...series.map(({ at }) => at)),
  };
}

/**
 * |D(i−1, i)| of RFC 3550, section 6.4.1, of round trips instead of transit times. Their mean is the jitter: the RFC
 * smooths with a gain of 1/16 because a receiver keeps no samples, which here are at hand. Only requests of one series
 * follow each other; what changed between two of them, a minute apart, is drift.
 */
function differences({ roundTripsMs }: Series): number[] {
  return roundTripsMs.slice(1).map((ms, i) => Math.abs(ms - (roundTripsMs[i] as number)));
}

/** The least value that at least so many percent do not exceed (Hyndman and Fan, 1996, definition 1). */
function quantile(sorted: readonly number[], percent: number): number | null {
  // Whole percents first: 0.95 · 20 is more than 19 in floating point.
  return sorted[Math.max(0, Math.ceil((percent * sorted.length) / 100) - 1)] ?? null;
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

const ascending = (a: number, b: number) => a - b;
