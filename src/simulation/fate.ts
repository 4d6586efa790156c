import { permit, type Refused } from "../residency/permit.ts";
import { planFor } from "../routing/decide.ts";
import type { Plan } from "../routing/plan.ts";
import { isHealthy } from "../routing/standing.ts";
import type { View } from "../routing/view.ts";
import type { PolicyKind } from "../table/policy.ts";
import { type PopulationRow, serviceOf } from "./population.ts";
import { sharesOf } from "./shares.ts";

/** What becomes of the requests from one place for one service under one table. */
export type Fate =
  | Served
  /** No region is permitted: 451. */
  | Refused
  /** Nobody that is permitted is healthy and takes new clients: 503. */
  | { readonly kind: "none-healthy" }
  /** 404. */
  | { readonly kind: "no-service" };

export interface Served {
  readonly kind: "served";
  readonly regions: readonly RegionShare[];
}

/** A region's part of the requests of one place. */
export interface RegionShare {
  readonly region: string;
  /** 0 to 1; over the regions of a place they sum to 1. */
  readonly share: number;
  /** The part of it that goes to backends that are down, by panic or by failing open. */
  readonly unhealthy: number;
  /** Expected round trip, milliseconds. */
  readonly ms: number;
}

/**
 * Says what becomes of a row's requests by the path that requests take: permit, then plan. Screening is left out, since
 * a place is not an address.
 */
export function fateOf(view: View, { place, target }: PopulationRow, now: number): Fate {
  const { snapshot } = view;
  const service = serviceOf(snapshot, target);
  if (!service) return { kind: "no-service" };
  const permitted = permit(snapshot.table.residency, service.regions, service.service, place);
  if (permitted.kind === "refused") return permitted;
  const canary = service.service.canaryPercent / 100;
  const tracks = [
    { track: "stable", part: 1 - canary },
    { track: "canary", part: canary },
  ] as const;
  const shares: RegionShare[] = [];
  for (const { track, part } of tracks) {
    if (part === 0) continue;
    const plan = planFor(view, { service, permitted, facts: { place } }, track, now);
    // The tracks stand in for each other, so that where one has no plan neither has the other.
    if (!plan) return { kind: "none-healthy" };
    for (const each of regionShares(view, plan, service.policy.kind, now))
      shares.push({ ...each, share: each.share * part, unhealthy: each.unhealthy * part });
  }
  return { kind: "served", regions: canary === 0 || canary === 1 ? shares : joined(shares) };
}

/** Plans are shared by the places that route alike, and so are their shares. */
const kept = new WeakMap<Plan, readonly RegionShare[]>();

function regionShares({ local }: View, plan: Plan, policy: PolicyKind, now: number): readonly RegionShare[] {
  const before = kept.get(plan);
  if (before) return before;
  const estimates = new Map(
    plan.tiers.flatMap(({ regions }) => regions).map(({ entry, estimate }) => [entry, estimate]),
  );
  const shares = joined(
    [...sharesOf(plan, policy)].map(([backend, share]) => ({
      region: backend.region.id,
      share,
      unhealthy: isHealthy(backend, local, now, "table") ? 0 : share,
      ms: estimates.get(backend.region)?.ms ?? 0,
    })),
  );
  kept.set(plan, shares);
  return shares;
}

function joined(shares: readonly RegionShare[]): RegionShare[] {
  const byRegion = new Map<string, RegionShare>();
  for (const each of shares) {
    const other = byRegion.get(each.region);
    const sum = other && { share: other.share + each.share, unhealthy: other.unhealthy + each.unhealthy };
    byRegion.set(each.region, { ...each, ...sum });
  }
  return [...byRegion.values()];
}
