import type { RegionEntry, Snapshot } from "../../table/snapshot.ts";
import type { Estimate } from "./estimate.ts";

/** Beyond so many deviations from its estimate no round trip is expected. */
const DEVIATIONS = 3;

/**
 * Regions that are worth a measurement from a place, the most promising first: those that might be as fast as a region
 * that its traffic goes to (the fastest, when there is none yet). The others cannot change any answer. Residency and
 * failures send traffic beyond the fastest region, which is why all that is used counts.
 *
 * `guesses` are the estimates as they were before anything was learned. A region that could be fast by its guess goes
 * on being measured, however slow it was found to be: a road that is cut is repaired one day, and nobody else would
 * notice.
 */
export function regionsToExplore(
  { regions }: Snapshot,
  estimates: readonly Estimate[],
  guesses: readonly Estimate[],
  used: ReadonlySet<string>,
): string[] {
  const range = ({ id, index }: RegionEntry) => {
    const { ms, deviationMs } = estimates[index] as Estimate;
    const guess = guesses[index] as Estimate;
    const least = Math.min(ms - DEVIATIONS * deviationMs, guess.ms - DEVIATIONS * guess.deviationMs);
    return { id, least, most: ms + DEVIATIONS * deviationMs };
  };
  const ranges = regions.filter(({ region }) => region.state === "active").map(range);
  const inUse = ranges.filter(({ id }) => used.has(id)).map(({ most }) => most);
  const bar = inUse.length > 0 ? Math.max(...inUse) : Math.min(...ranges.map(({ most }) => most));
  return ranges
    .filter(({ least }) => least <= bar)
    .sort((a, b) => a.least - b.least || (a.id < b.id ? -1 : 1))
    .map(({ id }) => id);
}
