import type { LatencyEntry, LearnedReply, Measured, MeasureReply } from "../../workers/control/schema/latency.ts";
import { columns } from "./columns.ts";
import { formatDuration } from "./duration.ts";
import { formatMs } from "./region-columns.ts";

const FIGURES = ["MIN", "AVG", "P50", "P95", "P99", "JITTER", "LOSS", "SAMPLES", "AGE"];

/** Every source with its paths to all targets, in milliseconds: measured or learned, else as configured. */
export function latencyMatrix(entries: readonly LatencyEntry[]): string {
  if (entries.length === 0) return NOTHING;
  const targets = [...new Set(entries.flatMap(targetsOf))].sort();
  const rows = entries.map((entry) => [entry.source, ...targets.map((target) => cellOf(entry, target))]);
  const note = "ms: p50 as measured between regions, or as learned by a colo; * as configured";
  return `${columns(["FROM \\ TO", ...targets], rows)}\n\n${note}`;
}

function cellOf({ targets, measured, learned }: LatencyEntry, target: string): string {
  const found = measured[target]?.p50Ms ?? learned[target]?.ms;
  const configured = targets[target];
  if (found !== undefined && found !== null) return toDigits(found);
  return configured === undefined ? "-" : `${toDigits(configured)}*`;
}

/** A line for each pair, with all that is known of it. Regions are measured, colos learn. */
export function latencyRows(entries: readonly LatencyEntry[]): string {
  const pairs = entries.flatMap((entry) => targetsOf(entry).map((target) => ({ entry, target })));
  const isColo = ({ entry }: { readonly entry: LatencyEntry }) => entry.source.startsWith("colo:");
  const [fromRegions, fromColos] = [pairs.filter((pair) => !isColo(pair)), pairs.filter(isColo)];
  const measured = fromRegions.map(({ entry: { source, targets, measured }, target }) => {
    return [source, target, ...figuresOf(measured[target]), formatMs(targets[target] ?? null)];
  });
  const learned = fromColos.map(({ entry: { source, targets, learned }, target }) => {
    return [source, target, ...learnedFigures(learned[target]), formatMs(targets[target] ?? null)];
  });
  const tables = [
    ...(measured.length > 0 ? [columns(["SOURCE", "TARGET", ...FIGURES, "CONFIGURED"], measured)] : []),
    ...(learned.length > 0
      ? [columns(["SOURCE", "TARGET", "LEARNED", "DEVIATION", "SAMPLES", "AGE (TOLD)", "CONFIGURED"], learned)]
      : []),
  ];
  const note =
    learned.length > 0 ? ["age of the newest sample that the table was told of; the colo may know more"] : [];
  return [...tables, ...note].join("\n\n") || NOTHING;
}

export function measurementRows(results: MeasureReply["results"]): string {
  if (results.length === 0) return "there is nothing to measure";
  const rows = results.map(({ source, target, measured, error }) => {
    return [source, target, ...figuresOf(measured ?? undefined), error ?? ""];
  });
  return columns(["SOURCE", "TARGET", ...FIGURES, "ERROR"], rows);
}

function figuresOf(measured: Measured | undefined): string[] {
  if (measured === undefined) return FIGURES.map(() => "-");
  const { minMs, avgMs, p50Ms, p95Ms, p99Ms, jitterMs, loss, samples, ageSeconds } = measured;
  const times = [minMs, avgMs, p50Ms, p95Ms, p99Ms, jitterMs].map(formatMs);
  return [
    ...times,
    `${(loss * 100).toFixed(loss > 0 && loss < 1 ? 1 : 0)}%`,
    String(samples),
    formatDuration(ageSeconds),
  ];
}

function learnedFigures(learned: LearnedReply | undefined): string[] {
  if (learned === undefined) return ["-", "-", "-", "-"];
  const { ms, deviationMs, samples, ageSeconds } = learned;
  return [formatMs(ms), formatMs(deviationMs), samples.toFixed(1), formatDuration(ageSeconds)];
}

function targetsOf({ targets, measured, learned }: LatencyEntry): string[] {
  return [...new Set([targets, measured, learned].flatMap(Object.keys))].sort();
}

const NOTHING = "nothing is known of these paths";

const toDigits = (ms: number) => (ms < 10 ? ms.toFixed(1) : String(Math.round(ms)));
