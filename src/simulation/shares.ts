import type { Plan, Pool } from "../routing/plan.ts";
import type { PolicyKind } from "../table/policy.ts";
import type { BackendEntry } from "../table/snapshot.ts";

/**
 * The part of a plan's traffic that each backend gets, summing to 1: what `decide` does on average over draws, turns and
 * clients' addresses. Exact, but for `round-robin`, whose rounds honour weights to about one part in a thousand, and
 * `least-outstanding`, which is by weight only while all are equally busy. Clients that are bound by a cookie are not
 * counted as bound.
 */
export function sharesOf({ tiers }: Plan, policy: PolicyKind): Map<BackendEntry, number> {
  const shares = new Map<BackendEntry, number>();
  for (const { load, pool, regions } of tiers) {
    if (load <= 0) continue;
    if (choosesAmongBackends(policy)) spread(pool, load, shares);
    else for (const region of regions) if (region.share > 0) spread(region.pool, load * region.share, shares);
  }
  return shares;
}

/** Whether a policy draws from all backends of a tier rather than from one region's. */
function choosesAmongBackends(policy: PolicyKind): boolean {
  switch (policy) {
    case "round-robin":
    case "least-outstanding":
    case "hash":
      return true;
    case "latency":
    case "geo":
    case "failover":
    case "weighted":
      return false;
  }
}

function spread({ entries, weights, totalWeight }: Pool, part: number, shares: Map<BackendEntry, number>): void {
  for (const [i, entry] of entries.entries())
    shares.set(entry, (shares.get(entry) ?? 0) + (part * (weights[i] as number)) / totalWeight);
}
