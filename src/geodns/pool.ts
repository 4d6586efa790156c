import { hashText } from "../base/hash.ts";
import { compilePermits, type Permits } from "../residency/permit.ts";
import type { Policy } from "../table/policy.ts";
import { type Service, serviceSchema } from "../table/service.ts";
import type { BackendEntry, RegionEntry, ServiceEntry, Snapshot } from "../table/snapshot.ts";
import type { Steering } from "../table/steering.ts";

/** A steered record set as routing sees it: the service behind it, on the backends of its regions, by its own policy. */
export interface Pool {
  readonly service: ServiceEntry;
  readonly permits: Permits;
}

/** The service of a policy that names none: all backends, in any jurisdiction; a guess is better than no answer. */
const anyService: Service = serviceSchema.parse({
  hosts: ["*"],
  policy: "latency",
  residency: "none",
  whenNoneHealthy: "fail-open",
});

/** `name` tells the plans of one record set from those of others. `null` where its service has gone. */
export function poolOf(snapshot: Snapshot, name: string, steering: Steering): Pool | null {
  const behind = snapshot.services.find(({ id }) => id === steering.service);
  if (steering.service !== null && !behind) return null;
  const wanted = new Set<string>(regionsOf(steering));
  const weighed = steering.kind === "weighted" ? weigher(steering.targets) : (entry: BackendEntry) => entry;
  const backends = (behind?.backends ?? snapshot.backends).filter(({ region }) => wanted.has(region.id)).map(weighed);
  const regions = new Set(backends.map(({ region }) => region.id));
  // A resolver asks for many clients, so that nobody sticks to anything and nobody is the canary's.
  const service: Service = { ...(behind?.service ?? anyService), affinity: { kind: "none" }, canaryPercent: 0 };
  const entry: ServiceEntry = {
    id: name,
    hash: hashText(name),
    service,
    policy: policyOf(steering),
    backends,
    regions,
    limits: [],
    defence: null,
    ejection: { ...service, pool: new Set() },
  };
  return { service: entry, permits: compilePermits(snapshot.table.residency, regions, service) };
}

/** The regions that a policy may lead to. */
export function regionsOf(steering: Steering): readonly string[] {
  if (steering.kind !== "geolocation") return Object.keys(steering.targets);
  const { countries, continents, default: fallback } = steering;
  return [...Object.values(countries), ...Object.values(continents), fallback].flatMap(({ region }) => region ?? []);
}

/** Geolocation and multivalue do not choose among regions: all of them are equal, and what counts is who is up. */
function policyOf(steering: Steering): Policy {
  switch (steering.kind) {
    case "latency":
      return { kind: "latency", tolerancePercent: 5, toleranceMinMs: 2 };
    case "failover":
      return { kind: "failover", order: [...steering.order] };
    case "geo-proximity": {
      const bias = Object.entries(steering.targets).map(([region, { bias }]) => [region, bias] as const);
      return { kind: "geo", toleranceKm: 0, bias: Object.fromEntries(bias) };
    }
    case "weighted":
    case "multivalue":
    case "geolocation":
      return { kind: "weighted" };
  }
}

/** The weights of the record set in place of those of the regions. */
function weigher(targets: Readonly<Record<string, { readonly weight: number }>>) {
  const regions = new Map<RegionEntry, RegionEntry>();
  return (entry: BackendEntry): BackendEntry => {
    const { region: old } = entry;
    const region = regions.get(old) ?? { ...old, region: { ...old.region, weight: targets[old.id]?.weight ?? 0 } };
    regions.set(old, region);
    return { ...entry, region };
  };
}
