import type { Place } from "../geo/place.ts";
import type { RegionSet } from "../residency/permit.ts";
import { isFailedOver } from "../routing/diversion.ts";
import { estimateLatency } from "../routing/latency/model.ts";
import type { Plan, PlanRegion, PlanTier } from "../routing/plan.ts";
import { isHealthy, takesNewClients } from "../routing/standing.ts";
import type { LocalHealth } from "../routing/view.ts";
import { sharesOf } from "../simulation/shares.ts";
import type { BackendEntry, RegionEntry, ServiceEntry, Snapshot } from "../table/snapshot.ts";
import { type Candidate, type Refusal, refusals } from "./explanation.ts";

/** How far a request came: all of it, or only to its place. */
export interface Inquest {
  readonly snapshot: Snapshot;
  readonly local: LocalHealth;
  readonly place: Place;
  /** By the blacklist, before any region was looked at. */
  readonly isBlocked: boolean;
  /** `null` where none was chosen. */
  readonly service: ServiceEntry | null;
  /** In order; empty where residency permits nothing, or was not asked. */
  readonly permitted: readonly RegionSet[];
  /** `null` where nobody was healthy, or nobody was looked for. */
  readonly plan: Plan | null;
  readonly now: number;
}

/** Every region of the table once: those of the plan in its order, then those that are refused, the nearest first. */
export function candidatesOf(inquest: Inquest): Candidate[] {
  const { snapshot, plan, service } = inquest;
  const estimates = estimateLatency(snapshot, inquest.place);
  const planned = plan && service ? plannedOf(inquest, plan, service) : new Map<RegionEntry, Candidate>();
  const refused = snapshot.regions
    .filter((region) => !planned.has(region))
    .sort((a, b) => (estimates[a.index]?.ms ?? 0) - (estimates[b.index]?.ms ?? 0))
    .map((region): Candidate => {
      const estimate = { ...(estimates[region.index] as (typeof estimates)[number]) };
      const counts = countsOf(inquest, region);
      const reason = reasonOf(inquest, region, counts);
      return { kind: "refused", ...nameOf(region), estimate, ...counts, reason };
    });
  return [...planned.values(), ...refused];
}

function plannedOf(inquest: Inquest, plan: Plan, service: ServiceEntry): Map<RegionEntry, Candidate> {
  const shares = new Map<RegionEntry, number>();
  for (const [{ region }, share] of sharesOf(plan, service.policy.kind))
    shares.set(region, (shares.get(region) ?? 0) + share);
  const planned = new Map<RegionEntry, Candidate>();
  for (const tier of plan.tiers)
    for (const region of tier.regions) {
      if (region.pool.entries.length === 0 || planned.has(region.entry)) continue;
      planned.set(region.entry, {
        ...standingIn(tier, region),
        ...countsOf(inquest, region.entry),
        share: shares.get(region.entry) ?? 0,
      });
    }
  return planned;
}

function standingIn({ priority }: PlanTier, { entry, estimate, group, availability }: PlanRegion) {
  return { kind: "candidate" as const, ...nameOf(entry), estimate: { ...estimate }, priority, group, availability };
}

function nameOf({ id, failover }: RegionEntry): Pick<Candidate, "region" | "failover"> {
  if (failover === null) return { region: id, failover: null };
  return { region: id, failover: { percent: failover.percent, targets: failover.targets.map(({ region }) => region) } };
}

type Counts = Pick<Candidate, "backends" | "unable">;

function countsOf(inquest: Inquest, region: RegionEntry): Counts {
  const unable: Counts["unable"] = {};
  let backends = 0;
  for (const entry of inquest.service?.backends ?? []) {
    if (entry.region !== region) continue;
    backends += 1;
    const refusal = refusalOf(inquest, entry);
    if (refusal !== null) unable[refusal] = (unable[refusal] ?? 0) + 1;
  }
  return { backends, unable };
}

/** What keeps new clients from a backend, residency aside; `null` when nothing does. */
function refusalOf({ plan, local, now }: Inquest, entry: BackendEntry): Refusal | null {
  if (!takesNewClients(entry)) return closedBy(entry);
  if (isFailedOver(entry.region) && plan?.trust !== "nobody") return "failed-over";
  if (plan && entry.backend.track !== plan.avenue.track) return "other-track";
  // Where there is no plan, the verdicts alone were trusted last.
  if (isHealthy(entry, local, now, plan?.trust ?? "table")) return null;
  return entry.verdict?.status === "down" ? "down" : "ejected";
}

function closedBy({ backend, region: { region } }: BackendEntry): Refusal {
  if (region.state !== "active") return region.state;
  if (region.weight === 0) return "weight-0";
  if (region.dialPercent === 0) return "dial-0";
  return backend.state === "active" ? "weight-0" : backend.state;
}

/** Of a region whose backends are kept out by several reasons, that of the backend which came nearest. */
function reasonOf(inquest: Inquest, region: RegionEntry, { backends, unable }: Counts): Refusal {
  const { isBlocked, service, permitted, plan } = inquest;
  if (isBlocked) return "blocked";
  if (!service) return "not-reached";
  if (backends === 0) return "no-backend";
  const set = permitted.findIndex(({ ids }) => ids.has(region.id));
  if (set < 0) return "not-permitted";
  // Those of an earlier set have been asked, and nobody there was able.
  if (plan && set > plan.avenue.permittedSet) return "outside-jurisdiction";
  return refusals.findLast((refusal) => unable[refusal] !== undefined) ?? "not-reached";
}
