import { distanceKm } from "../../geo/distance.ts";
import type { Place } from "../../geo/place.ts";
import type { Policy } from "../../table/policy.ts";
import type { RegionId } from "../../table/region.ts";
import type { RegionEntry, Snapshot } from "../../table/snapshot.ts";
import { coordinatesOf } from "../coordinates.ts";
import type { Estimate } from "../latency/estimate.ts";
import { estimateLatency } from "../latency/model.ts";

/** A region with the figure by which it was ordered. */
export interface RankedRegion {
  readonly entry: RegionEntry;
  /** Expected round trip, and where the expectation comes from. */
  readonly estimate: Estimate;
  /** Regions of one group are equal: they share by weight. The first group is preferred. */
  readonly group: number;
}

/**
 * Orders regions under a policy. Policies that choose among backends wherever they are (`round-robin`,
 * `least-outstanding`, `hash`) and `weighted` put all regions into one group; within it the nearest come first,
 * which is the order of retries.
 */
export function rankRegions(
  policy: Policy,
  snapshot: Snapshot,
  place: Place,
  regions: readonly RegionEntry[],
): RankedRegion[] {
  const estimates = estimateLatency(snapshot, place);
  const estimateOf = (entry: RegionEntry) => estimates[entry.index] as Estimate;
  const ranked = (figure: (entry: RegionEntry) => number, tolerance: (best: number) => number): RankedRegion[] => {
    const sorted = regions
      .map((entry) => ({ entry, figure: figure(entry) }))
      .sort((a, b) => a.figure - b.figure || (a.entry.id < b.entry.id ? -1 : 1));
    let group = -1;
    let limit = Number.NEGATIVE_INFINITY;
    return sorted.map(({ entry, figure }) => {
      if (figure > limit) {
        group += 1;
        limit = figure + tolerance(figure);
      }
      return { entry, estimate: estimateOf(entry), group };
    });
  };

  switch (policy.kind) {
    case "latency":
      return ranked(
        (entry) => estimateOf(entry).ms,
        (best) => Math.max((best * policy.tolerancePercent) / 100, policy.toleranceMinMs),
      );
    case "geo": {
      const from = coordinatesOf(place);
      if (!from) break;
      return ranked(
        ({ id, region }) => biased(distanceKm(from, region), policy.bias[id as RegionId] ?? 0),
        () => policy.toleranceKm,
      );
    }
    case "failover": {
      const position = new Map<string, number>(policy.order.map((id, i) => [id, i]));
      return ranked(
        ({ id, index }) => position.get(id) ?? policy.order.length + index,
        () => 0,
      );
    }
    case "weighted":
    case "round-robin":
    case "least-outstanding":
    case "hash":
      break;
  }
  return ranked(
    (entry) => estimateOf(entry).ms,
    () => Number.POSITIVE_INFINITY,
  );
}

/** A distance under a bias, percent: nearer by it where it is positive, divided by what is left of 1 where it is not. */
const biased = (km: number, bias: number): number => (bias >= 0 ? km * (1 - bias / 100) : km / (1 + bias / 100));
