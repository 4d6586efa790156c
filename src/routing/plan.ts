import type { Place } from "../geo/place.ts";
import type { Permitted } from "../residency/permit.ts";
import type { Backend } from "../table/backend.ts";
import type { BackendEntry, RegionEntry, ServiceEntry } from "../table/snapshot.ts";
import { divertWeights, isFailedOver, orderOfTries, shareOut } from "./diversion.ts";
import type { Estimate } from "./latency/estimate.ts";
import { rankRegions } from "./policies/steering.ts";
import { isWarming, type Standing, standingsOf, type Trust, takesNewClients } from "./standing.ts";
import { tierLoads } from "./tiers.ts";
import type { View } from "./view.ts";

/**
 * Who takes which part of the traffic of one service from one place, until it expires. A decision is one draw
 * from it. Its numbers are also the explanation of the decision.
 */
export interface Plan {
  readonly tiers: readonly PlanTier[];
  readonly avenue: Avenue;
  readonly trust: Trust;
  readonly revision: number;
  /** Unix milliseconds. */
  readonly madeAt: number;
  /** Unix milliseconds, exclusive. */
  readonly validUntil: number;
}

export interface PlanTier {
  readonly priority: number;
  /** The part of the traffic, 0 to 1. */
  readonly load: number;
  readonly panic: boolean;
  /** In the order of the policy; also the order of retries. */
  readonly regions: readonly PlanRegion[];
  /** The same as draws fall on them: equal regions in the order of the table, so that news of latency moves no draw. */
  readonly drawn: readonly PlanRegion[];
  /** All backends of the tier that take traffic, for policies that choose among backends. */
  readonly pool: Pool;
}

export interface PlanRegion {
  readonly entry: RegionEntry;
  readonly estimate: Estimate;
  /** Regions of one group are equal under the policy. */
  readonly group: number;
  /** The part of its due that it can take, 0 to 1. */
  readonly availability: number;
  /** The part of the tier's traffic, 0 to 1. */
  readonly share: number;
  readonly pool: Pool;
}

/** Backends to draw from, with their shares. */
export interface Pool {
  readonly entries: readonly BackendEntry[];
  readonly weights: readonly number[];
  readonly totalWeight: number;
}

/** How long a plan holds while a backend in it is in slow start. */
const WARMING_REFRESH_MS = 250;

/** One way to serve a request: a permitted set of regions and a track of backends. */
export interface Avenue {
  /** Index into `Permitted.tiers`; 0 is the innermost. */
  readonly permittedSet: number;
  readonly track: Backend["track"];
}

/**
 * The avenues of a request, best first: within each permitted set the client's own track before the other, since
 * the other track inside the jurisdiction is better than the right one outside.
 */
export function avenues(permitted: Permitted, track: Backend["track"]): Avenue[] {
  const tracks = track === "stable" ? (["stable", "canary"] as const) : (["canary", "stable"] as const);
  return permitted.tiers.flatMap((_, permittedSet) => tracks.map((each) => ({ permittedSet, track: each })));
}

/** Makes the plan of one avenue; `null` when nobody on it is healthy by those who are trusted. */
export function makePlan(
  view: View,
  service: ServiceEntry,
  permitted: Permitted,
  place: Place,
  avenue: Avenue,
  trust: Trust,
  now: number,
): Plan | null {
  const regions = permitted.tiers[avenue.permittedSet]?.ids;
  const able = service.backends.filter(
    (entry) => entry.backend.track === avenue.track && regions?.has(entry.region.id) && takesNewClients(entry),
  );
  const members = standingsOf(able, service.service, view.local, now, trust);
  if (!members.some(({ healthy }) => healthy)) return null;
  const warming = members.some(({ entry }) => isWarming(entry, service.service, now));
  return {
    avenue,
    trust,
    tiers: makeTiers(view, service, place, members, trust),
    revision: view.local.revision,
    madeAt: now,
    validUntil: Math.min(warming ? now + WARMING_REFRESH_MS : Number.POSITIVE_INFINITY, view.local.nextChangeAt),
  };
}

function makeTiers(
  view: View,
  service: ServiceEntry,
  place: Place,
  members: readonly Standing[],
  trust: Trust,
): PlanTier[] {
  const byPriority = [...groupBy(members, ({ entry }) => entry.backend.priority)].sort(([a], [b]) => a - b);
  const { overprovisioningPercent, panicThresholdPercent } = service.service;
  const counts = byPriority.map(([, tier]) => ({
    total: tier.length,
    healthy: tier.filter(({ healthy }) => healthy).length,
  }));
  const loads = tierLoads(counts, overprovisioningPercent, panicThresholdPercent);
  return byPriority.map(([priority, tier], i): PlanTier => {
    const { load, panic } = loads[i] as (typeof loads)[number];
    const regions = makeRegions(view, service, place, tier, panic, trust);
    const drawn = [...regions].sort((a, b) => a.group - b.group || a.entry.index - b.entry.index);
    return { priority, load, panic, regions, drawn, pool: makeTierPool(tier, panic, trust) };
  });
}

function makeRegions(
  view: View,
  service: ServiceEntry,
  place: Place,
  tier: readonly Standing[],
  panic: boolean,
  trust: Trust,
): readonly PlanRegion[] {
  const byRegion = groupBy(tier, ({ entry }) => entry.region);
  const ranked = rankRegions(service.policy, view.snapshot, place, [...byRegion.keys()]);
  const unfilled = ranked.map(({ entry, estimate, group }) => {
    const standings = byRegion.get(entry) ?? [];
    return {
      entry,
      estimate,
      group,
      failover: failoverOf(entry, trust),
      due: service.policy.kind === "weighted" ? weightDue(standings) : capacityDue(standings),
      availability: availabilityOf(standings, service.service.overprovisioningPercent, panic),
      pool: makePool(standings, panic, ({ entry: { backend } }) => backend.weight * backend.connections),
    };
  });
  const shares = shareOut(unfilled);
  return orderOfTries(
    unfilled.map(({ due: _, failover, ...region }, i) => ({
      ...region,
      availability: (region.availability * (failover?.percent ?? 100)) / 100,
      share: shares[i] as number,
    })),
  );
}

const failoverOf = ({ failover }: RegionEntry, trust: Trust) => (trust === "nobody" ? null : failover);

/** All backends of a tier by weight; where regions are failed over, their weight is that of their targets' backends. */
function makeTierPool(tier: readonly Standing[], panic: boolean, trust: Trust): Pool {
  if (tier.every(({ entry }) => failoverOf(entry.region, trust) === null)) return makePool(tier, panic, dialledWeight);
  const members = [...groupBy(tier, ({ entry }) => entry.region)].map(([entry, standings]) => ({
    entry,
    failover: failoverOf(entry, trust),
    weight: standings.reduce((sum, standing) => sum + dialledWeight(standing) * strengthOf(standing, panic), 0),
    due: standings.reduce((sum, standing) => sum + dialledWeight(standing), 0),
  }));
  const diverted = divertWeights(members);
  const factors = new Map(
    members.map(({ entry, weight }, i) => [entry, weight > 0 ? (diverted[i] as number) / weight : 0]),
  );
  return makePool(tier, panic, (standing) => dialledWeight(standing) * (factors.get(standing.entry.region) ?? 0));
}

/**
 * The part of its due that a region can take: the healthy part of its capacity, overprovisioned as Envoy does for
 * localities (Envoy documentation, "Locality weighted load balancing"), times its traffic dial.
 */
function availabilityOf(standings: readonly Standing[], overprovisioningPercent: number, panic: boolean): number {
  const capacity = standings.reduce((sum, standing) => sum + capacityOf(standing), 0);
  const able = standings.reduce((sum, standing) => sum + capacityOf(standing) * strengthOf(standing, panic), 0);
  const health = Math.min(1, ((overprovisioningPercent / 100) * able) / capacity);
  return (health * (standings[0]?.entry.region.region.dialPercent ?? 0)) / 100;
}

const capacityOf = ({ entry: { backend } }: Standing): number => backend.weight * backend.connections;

/** Among regions equal by latency: weight times capacity. */
const capacityDue = (standings: readonly Standing[]): number =>
  standings.reduce((sum, standing) => sum + standing.weight * standing.entry.backend.connections, 0);

/** Under `weighted`: the region's weight times the mean weight of its backends, so that either kind of weight tells. */
const weightDue = (standings: readonly Standing[]): number =>
  standings.reduce((sum, { weight }) => sum + weight, 0) / standings.length;

const dialledWeight = ({ weight, entry }: Standing): number => weight * (entry.region.region.dialPercent / 100);

/** Panic disregards health, and no failover: whoever has been moved elsewhere stays there. */
const strengthOf = ({ entry, strength }: Standing, panic: boolean): number =>
  panic && !isFailedOver(entry.region) ? 1 : strength;

function makePool(standings: readonly Standing[], panic: boolean, weigh: (standing: Standing) => number): Pool {
  const able = standings.filter((standing) => strengthOf(standing, panic) > 0);
  const weights = able.map((standing) => weigh(standing) * strengthOf(standing, panic));
  return {
    entries: able.map(({ entry }) => entry),
    weights,
    totalWeight: weights.reduce((sum, weight) => sum + weight, 0),
  };
}

function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
