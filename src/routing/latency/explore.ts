import type { RegionEntry, Snapshot } from "../../table/snapshot.ts";
import type { Estimate } from "./estimate.ts";

/** Beyond so many deviations from its estimate no round trip is expected. */
const DEVIATIONS = 3;

/**
 * Regions that are worth a measurement from a place: those that might be as fast as a region that its traffic goes to
 * (the fastest, when there is none yet), the most uncertain first. The others cannot change any answer. Residency and
 * failures send traffic beyond the fastest region, which is why all that is used counts.
 */
export function regionsToExplore(
  { regions }: Snapshot,
  estimates: readonly Estimate[],
  used: ReadonlySet<string>,
): string[] {
  const range = (entry: RegionEntry) => {
    const { ms, deviationMs } = estimates[entry.index] as Estimate;
    return { id: entry.id, deviationMs, least: ms - DEVIATIONS * deviationMs, most: ms + DEVIATIONS * deviationMs };
  };
  const ranges = regions.filter(({ region }) => region.state === "active").map(range);
  const inUse = ranges.filter(({ id }) => used.has(id)).map(({ most }) => most);
  const bar = inUse.length > 0 ? Math.max(...inUse) : Math.min(...ranges.map(({ most }) => most));
  return ranges
    .filter(({ least }) => least <= bar)
    .sort((a, b) => b.deviationMs - a.deviationMs || (a.id < b.id ? -1 : 1))
    .map(({ id }) => id);
}
