import { MAX_PROBE_TARGETS } from "./probe-message.ts";

/** Each region has a turn so often. */
export const ROUND_MS = 60_000;
/** Pairs measured in a round, each of which writes a row: some 26 million rows a month, of 50 million that are free. */
const MAX_PAIRS_PER_ROUND = 600;

/** The sources whose turn has come after a time, and up to another one. Turns are spread evenly over a round. */
export function turnsBetween(sources: readonly string[], after: number, upTo: number): string[] {
  return sources.filter((_, i) => {
    const phaseMs = phaseOf(i, sources.length);
    return Math.floor((upTo - phaseMs) / ROUND_MS) > Math.floor((after - phaseMs) / ROUND_MS);
  });
}

/** When the next turn comes after a time, Unix milliseconds. Without sources it is a round later. */
export function nextTurnAt(sources: readonly string[], after: number): number {
  const turns = sources.map((_, i) => {
    const phaseMs = phaseOf(i, sources.length);
    return (Math.floor((after - phaseMs) / ROUND_MS) + 1) * ROUND_MS + phaseMs;
  });
  return Math.min(after + ROUND_MS, ...turns);
}

/**
 * The targets of a source's turn, those first whose last measurement is the oldest. All of them, as long as there are 25
 * regions or fewer; with more, each turn takes some.
 */
export function targetsOfTurn(
  source: string,
  regions: readonly string[],
  measuredAt: ReadonlyMap<string, number>,
): string[] {
  const most = Math.max(1, Math.min(MAX_PROBE_TARGETS, Math.floor(MAX_PAIRS_PER_ROUND / regions.length)));
  return regions
    .filter((region) => region !== source)
    .sort((a, b) => (measuredAt.get(a) ?? 0) - (measuredAt.get(b) ?? 0))
    .slice(0, most);
}

const phaseOf = (index: number, count: number) => Math.floor((index * ROUND_MS) / count);
