import { hashText, unitOf } from "../base/hash.ts";
import type { BackendEntry, RegionEntry } from "../table/snapshot.ts";
import type { RouteRequest } from "./decide.ts";
import type { Plan, PlanRegion, PlanTier } from "./plan.ts";
import { pickRendezvous } from "./policies/hash.ts";
import { type Drawn, pickLeastOutstanding } from "./policies/least-outstanding.ts";
import { pickInTurn } from "./policies/round-robin.ts";
import { pickWeighted } from "./policies/weighted.ts";
import type { View } from "./view.ts";

/** What told a backend from the others of its plan. With it a decision can be repeated. */
export type Basis =
  /** The client is bound to it by a cookie. */
  | { readonly kind: "bound" }
  | { readonly kind: "draw" }
  /** A hash of the request. */
  | { readonly kind: "key"; readonly of: "client-address" | "path" | "header" }
  | { readonly kind: "turn"; readonly turn: number }
  /** The less busy of two that were drawn. */
  | { readonly kind: "outstanding"; readonly drawn: readonly [Drawn, Drawn] };

export interface Picked {
  readonly backend: BackendEntry;
  readonly basis: Basis;
}

const byDraw: Basis = { kind: "draw" };
const byKey = {
  "client-address": { kind: "key", of: "client-address" },
  path: { kind: "key", of: "path" },
  header: { kind: "key", of: "header" },
} as const satisfies Record<string, Basis>;

/** Picks a backend of a plan. `draw` is in [0, 1). */
export function pick(view: View, request: RouteRequest, plan: Plan, now: number, draw: number): Picked {
  const key = stickinessKey(request);
  const { tier, rest } = pickTier(plan, key === null ? draw : unitOf(key));
  const { policy } = request.service;
  if (key !== null) {
    const basis = byKey[stickinessOf(request).kind as keyof typeof byKey];
    const byRegion = policy.kind !== "round-robin" && policy.kind !== "least-outstanding" && policy.kind !== "hash";
    return { backend: byRegion ? pickByRegionFor(tier, key) : pickRendezvousOf(tier, key), basis };
  }
  switch (policy.kind) {
    case "round-robin": {
      const turn = view.traffic.nextTurn(request.service.id);
      return { backend: pickInTurn(tier.pool, turn), basis: { kind: "turn", turn } };
    }
    case "least-outstanding": {
      const { backend, drawn } = pickLeastOutstanding(tier.pool, rest, view.traffic, now);
      return { backend, basis: { kind: "outstanding", drawn } };
    }
    case "hash":
      // By a header that this request does not have.
      return { backend: pickRendezvousOf(tier, hashText(request.facts.clientKey)), basis: byKey["client-address"] };
    case "latency":
    case "geo":
    case "failover":
    case "weighted":
      return { backend: pickByRegion(tier, rest), basis: byDraw };
  }
}

/** The region on which a draw falls, for whom it matters no further. `draw` is in [0, 1). */
export function drawRegion(plan: Plan, draw: number): RegionEntry {
  const { tier, rest } = pickTier(plan, draw);
  return regionAt(tier, rest).region.entry;
}

/** What requests of a service stick by. */
export const stickinessOf = ({ service }: Pick<RouteRequest, "service">) =>
  service.policy.kind === "hash" ? service.policy.key : service.service.affinity;

/** A hash of what the request sticks by, or `null` when it sticks by nothing. */
export function stickinessKey(request: RouteRequest): number | null {
  const { facts, headerKey } = request;
  const kind = stickinessOf(request);
  switch (kind.kind) {
    case "client-address":
      return hashText(facts.clientKey);
    case "path":
      return hashText(facts.path);
    case "header": {
      if (headerKey !== undefined) return headerKey.name === kind.name ? headerKey.hash : null;
      const value = Object.hasOwn(facts.fields, kind.name) ? facts.fields[kind.name] : undefined;
      return value === undefined ? null : hashText(value);
    }
    case "cookie":
    case "none":
      return null;
  }
}

/** The tier on which the draw falls, and what is left of the draw, again in [0, 1). */
function pickTier({ tiers }: Plan, draw: number): { tier: PlanTier; rest: number } {
  let left = draw;
  let last = tiers[0] as PlanTier;
  for (const tier of tiers) {
    if (tier.load <= 0) continue;
    if (left < tier.load) return { tier, rest: left / tier.load };
    left -= tier.load;
    last = tier;
  }
  return { tier: last, rest: 0 };
}

function pickByRegion(tier: PlanTier, draw: number): BackendEntry {
  const { region, rest } = regionAt(tier, draw);
  return pickWeighted(region.pool, rest);
}

/** The region on which the draw falls, and what is left of the draw, again in [0, 1). */
function regionAt({ drawn }: PlanTier, draw: number): { region: PlanRegion; rest: number } {
  let left = draw;
  let last = drawn[0] as PlanRegion;
  for (const region of drawn) {
    if (region.share <= 0) continue;
    if (left < region.share) return { region, rest: left / region.share };
    left -= region.share;
    last = region;
  }
  return { region: last, rest: 0 };
}

const pickRendezvousOf = ({ pool }: PlanTier, key: number): BackendEntry =>
  pickRendezvous(pool.entries, pool.weights, key);

function pickByRegionFor({ regions }: PlanTier, key: number): BackendEntry {
  const region = pickRendezvous(
    regions.map(({ entry, pool }) => ({ hash: entry.hash, pool })),
    regions.map(({ share }) => share),
    key,
  );
  return pickRendezvous(region.pool.entries, region.pool.weights, key);
}
