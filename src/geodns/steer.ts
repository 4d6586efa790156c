import { continentOfCountry } from "../geo/countries.ts";
import type { Place } from "../geo/place.ts";
import type { Permitted } from "../residency/permit.ts";
import { planFor } from "../routing/decide.ts";
import { drawRegion } from "../routing/pick.ts";
import type { Plan } from "../routing/plan.ts";
import { rankRegions } from "../routing/policies/steering.ts";
import type { View } from "../routing/view.ts";
import type { PlacedTarget, Steering } from "../table/steering.ts";
import { type Pool, poolOf, regionsOf } from "./pool.ts";

/** Which targets of a policy a client is told of. */
export interface Steered {
  /** Where they are in the policy: `targets/us-east-1`, `countries/DE`, `default`. */
  readonly targets: readonly string[];
  /** Whether a client elsewhere might be told of others. */
  readonly byPlace: boolean;
}

/** Steers the clients of one snapshot, by the code and the plans by which requests are routed. */
export class Steerer {
  readonly #view: View;
  readonly #pools = new Map<string, Pool | null>();

  constructor(view: View) {
    this.#view = view;
  }

  /**
   * `id` is the record set's, `draw` in [0, 1). There is no target for whom residency permits none, nor, where the service
   * fails closed, for anybody when all are down; else the first choice is better than nobody.
   */
  steer(id: string, steering: Steering, place: Place, now: number, draw: number): Steered {
    const pool = this.#poolOf(id, steering);
    if (pool === null) return { targets: [], byPlace: false };
    const { service } = pool.service;
    const byPlace = dependsOnPlace(steering) || service.residency !== "none";
    const permitted = pool.permits.permit(place);
    if (permitted.kind === "refused") return { targets: [], byPlace };
    const plan = planFor(this.#view, { facts: { place }, service: pool.service, permitted }, "stable", now);
    const spare = service.whenNoneHealthy === "fail-open";
    if (steering.kind === "geolocation") return { targets: byGeolocation(steering, plan, place, spare), byPlace };
    const spared = () => (spare ? this.#firstOf(steering, pool, permitted, place) : []);
    const regions = plan === null ? spared() : choose(steering, plan, draw);
    return { targets: regions.map((region) => `targets/${region}`), byPlace };
  }

  /** The first choice of a policy, whoever takes nobody or has no backend. */
  #firstOf(steering: Steering, { service }: Pool, permitted: Permitted, place: Place): string[] {
    const { snapshot } = this.#view;
    const isPermitted = (id: string) =>
      service.service.residency === "none" || permitted.tiers.some(({ ids }) => ids.has(id));
    const wanted = new Set(regionsOf(steering));
    const may = snapshot.regions.filter(({ id }) => wanted.has(id) && isPermitted(id));
    return rankRegions(service.policy, snapshot, place, may)
      .slice(0, 1)
      .map(({ entry }) => entry.id);
  }

  #poolOf(id: string, steering: Steering): Pool | null {
    let pool = this.#pools.get(id);
    if (pool === undefined) {
      pool = poolOf(this.#view.snapshot, `records/${id}`, steering);
      this.#pools.set(id, pool);
    }
    return pool;
  }
}

const dependsOnPlace = ({ kind }: Steering): boolean =>
  kind === "latency" || kind === "geo-proximity" || kind === "geolocation";

function choose(steering: Steering, plan: Plan, draw: number): string[] {
  if (steering.kind !== "multivalue") return [drawRegion(plan, draw).id];
  const open = openRegions(plan);
  const first = Math.floor(draw * open.length);
  return [...open.slice(first), ...open.slice(0, first)];
}

/** Those that can take anything at all. */
const openRegions = ({ tiers }: Plan): string[] => [
  ...new Set(
    tiers.flatMap(({ regions }) => regions.filter(({ availability }) => availability > 0)).map((r) => r.entry.id),
  ),
];

/** Country, else continent, else default: the first that leads to no region that is down. */
function byGeolocation(
  { countries, continents, default: fallback }: Extract<Steering, { readonly kind: "geolocation" }>,
  plan: Plan | null,
  { country, continent }: Place,
  spare: boolean,
): string[] {
  const candidates: [string, PlacedTarget | undefined][] = [
    [`countries/${country}`, country === null ? undefined : countries[country]],
  ];
  const within = continent ?? (country === null ? null : continentOfCountry(country));
  candidates.push([`continents/${within}`, within === null ? undefined : continents[within]], ["default", fallback]);
  const open = new Set(plan === null ? [] : openRegions(plan));
  const known = candidates.flatMap(([key, target]) => (target ? [{ key, target }] : []));
  const up =
    known.find(({ target }) => target.region === null || open.has(target.region)) ?? (spare ? known[0] : undefined);
  return up ? [up.key] : [];
}
