import { hashText, unitOf } from "../base/hash.ts";
import type { Permitted } from "../residency/permit.ts";
import type { Screened } from "../shield/screen.ts";
import type { PolicyKind } from "../table/policy.ts";
import type { BackendEntry, ServiceEntry } from "../table/snapshot.ts";
import { isFailedOver } from "./diversion.ts";
import { placeKey } from "./latency/model.ts";
import { type Basis, pick, stickinessKey } from "./pick.ts";
import { avenues, makePlan, type Plan } from "./plan.ts";
import { rankRendezvous } from "./policies/hash.ts";
import { isHealthy, keepsBoundClients, type Trust, takesNewClients } from "./standing.ts";
import { MAX_PLANS, type View } from "./view.ts";

/** What a decision needs. Only screening can make its `facts`, and only residency its `permitted`. */
export interface RouteRequest {
  readonly facts: Screened;
  readonly service: ServiceEntry;
  readonly permitted: Permitted;
  /** The backend that a verified affinity cookie names. */
  readonly bound: string | null;
  /** In place of the fields of a request that is repeated from its record, which has none. */
  readonly headerKey?: HeaderKey;
}

/** The header by which a request sticks, its value hashed. */
export interface HeaderKey {
  readonly name: string;
  readonly hash: number;
}

export interface Chosen {
  readonly kind: "chosen";
  readonly backend: BackendEntry;
  readonly policy: PolicyKind;
  /** `affinity`: the client is bound to it. `canary`: the client is one of the canary's. */
  readonly reason: "policy" | "affinity" | "canary";
  readonly basis: Basis;
  readonly plan: Plan;
}

/** Nobody that may serve the request is healthy. */
export interface NoneHealthy {
  readonly kind: "none-healthy";
  readonly service: string;
  /** Whether somebody would be healthy, but takes no new clients: drained, dialled to 0, of weight 0, or failed over. */
  readonly closed: boolean;
  /** The jurisdiction that confines the request, if one does. */
  readonly jurisdiction: string | null;
}

export type Decision = Chosen | NoneHealthy;

/**
 * Chooses a backend. Pure but for the plans kept in the view: the same view, request, time and draw give the same
 * decision. `draw` is in [0, 1). `alternates` continues where it fails.
 */
export function decide(view: View, request: RouteRequest, now: number, draw: number): Decision {
  const { service } = request;
  const track = trackOf(request);
  const plan = planFor(view, request, track, now);
  if (!plan) return noneHealthy(view, request, now);
  const policy = service.policy.kind;
  const bound = boundBackend(view, request, plan, now);
  if (bound) return { kind: "chosen", backend: bound, policy, reason: "affinity", basis: byBinding, plan };
  const reason = plan.avenue.track === "canary" ? "canary" : "policy";
  const { backend, basis } = pick(view, request, plan, now, draw);
  return { kind: "chosen", backend, policy, reason, basis, plan };
}

const byBinding: Basis = { kind: "bound" };

function noneHealthy({ local }: View, { service, permitted }: RouteRequest, now: number): NoneHealthy {
  const within = service.backends.filter(({ region }) => permitted.tiers.some(({ ids }) => ids.has(region.id)));
  const closed = within.some((entry) => !isOpen(entry) && isHealthy(entry, local, now, "table"));
  return { kind: "none-healthy", service: service.id, closed, jurisdiction: permitted.jurisdiction };
}

const isOpen = (entry: BackendEntry): boolean => takesNewClients(entry) && !isFailedOver(entry.region);

/**
 * The backends to try after the chosen one, each once: one more of the same region, then other regions in the order
 * of the policy with one backend each, then the rest; after that the other track, and regions outside the
 * jurisdiction where residency only prefers the inside. Those that were ejected while the request was under way come
 * last of all.
 */
export function* alternates(
  view: View,
  request: RouteRequest,
  chosen: Chosen,
  now: number,
): Generator<BackendEntry, undefined> {
  const seen = new Set([chosen.backend]);
  const putOff: BackendEntry[] = [];
  const key = stickinessKey(request) ?? hashText(request.facts.clientKey);
  const ways = avenues(request.permitted, trackOf(request));
  const { permittedSet, track } = chosen.plan.avenue;
  const first = ways.findIndex((way) => way.permittedSet === permittedSet && way.track === track);
  for (const way of ways.slice(first)) {
    const plan =
      way === ways[first]
        ? chosen.plan
        : makePlan(view, request.service, request.permitted, request.facts.place, way, chosen.plan.trust, now);
    for (const backend of plan ? retryOrder(plan, chosen.backend, key) : []) {
      if (seen.has(backend)) continue;
      seen.add(backend);
      // The plan is as old as the decision; where it heeds ejections, newer ones count too.
      if (chosen.plan.trust === "everyone" && view.local.isEjected(backend.id, now)) putOff.push(backend);
      else yield backend;
    }
  }
  yield* putOff;
}

function retryOrder(plan: Plan, failed: BackendEntry, key: number): BackendEntry[] {
  const byRegion = plan.tiers.flatMap(({ regions }) =>
    regions.map(({ entry, pool }) => ({ entry, ranked: rankRendezvous(pool.entries, pool.weights, key) })),
  );
  const neighbours = byRegion
    .filter(({ entry }) => entry === failed.region)
    .flatMap(({ ranked }) => ranked)
    .filter((entry) => entry !== failed);
  const elsewhere = byRegion.filter(({ entry }) => entry !== failed.region).map(({ ranked }) => ranked);
  return [
    ...neighbours.slice(0, 1),
    ...elsewhere.flatMap((ranked) => ranked.slice(0, 1)),
    ...neighbours.slice(1),
    ...elsewhere.flatMap((ranked) => ranked.slice(1)),
  ];
}

/** What of a request a plan depends on: all requests that agree in it share one. */
export interface Errand {
  readonly facts: Pick<Screened, "place">;
  readonly service: ServiceEntry;
  readonly permitted: Permitted;
}

/** The plan of the best avenue on which anybody is healthy; `null` where nobody is. */
export function planFor(view: View, request: Errand, track: "stable" | "canary", now: number): Plan | null {
  const { service, permitted } = request;
  const { place } = request.facts;
  const key = `${service.id} ${permitted.key} ${track} ${placeKey(view.snapshot, place, service.policy.kind === "geo")}`;
  const kept = view.plans.get(key);
  if (kept && kept.revision === view.local.revision && now < kept.validUntil) return kept;
  const ways = avenues(permitted, track);
  for (const trust of trustOrder(service)) {
    for (const way of ways) {
      const plan = makePlan(view, service, permitted, place, way, trust, now);
      if (!plan) continue;
      if (view.plans.size >= MAX_PLANS) view.plans.clear();
      view.plans.set(key, plan);
      return plan;
    }
  }
  return null;
}

/**
 * An ejection is this isolate's opinion: when nobody else is left, the table's verdict is better than none. Beyond
 * that only a service that fails open goes on.
 */
const trustOrder = ({ service }: ServiceEntry): readonly Trust[] =>
  service.whenNoneHealthy === "fail-open" ? ["everyone", "table", "nobody"] : ["everyone", "table"];

/** The canary's clients are chosen by their address, so that each stays where it is while the percentage stands. */
export function trackOf({ service, facts }: RouteRequest): "stable" | "canary" {
  const { canaryPercent } = service.service;
  if (canaryPercent === 0) return "stable";
  return unitOf(hashText(facts.clientKey, service.hash)) * 100 < canaryPercent ? "canary" : "stable";
}

/** The backend to which the client is bound, if it may still serve: permitted, keeping sessions, and healthy. */
function boundBackend(view: View, { service, permitted, bound }: RouteRequest, plan: Plan, now: number) {
  if (bound === null) return null;
  const entry = service.backends.find(({ id }) => id === bound);
  if (!entry || !permitted.tiers[plan.avenue.permittedSet]?.ids.has(entry.region.id)) return null;
  return keepsBoundClients(entry) && isHealthy(entry, view.local, now, plan.trust) ? entry : null;
}
