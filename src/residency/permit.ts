import type { Place } from "../geo/place.ts";
import type { Screened } from "../shield/screen.ts";
import type { ResidencyRule } from "../table/residency-rule.ts";
import type { Service } from "../table/service.ts";
import type { ServiceEntry, Snapshot } from "../table/snapshot.ts";
import { jurisdictionOf, type Residence } from "./jurisdictions.ts";

// Not exported, so nothing outside this file can build a `Permitted`, and routing takes nothing else.
const permitted: unique symbol = Symbol("permitted");

/** The regions that may serve a client. Routing and its fallback stay inside them. */
export interface Permitted {
  readonly [permitted]: true;
  readonly kind: "permitted";
  /** The jurisdiction whose rule shaped the tiers; `null` where none did. */
  readonly jurisdiction: string | null;
  /**
   * In order: a later set is used only when no backend of the earlier ones is healthy. Disjoint, and none is
   * empty; there is no tier at all when the service has no region.
   */
  readonly tiers: readonly RegionSet[];
  /** Names the tiers among those of one service in one table: `all`, `inside:eu-eea`, `first:eu-eea`. */
  readonly key: string;
}

export interface RegionSet {
  readonly ids: ReadonlySet<string>;
}

/** No region may serve the client: 451 (RFC 7725). */
export interface Refused {
  readonly kind: "refused";
  readonly reason: "no-permitted-region" | "unknown-place";
  readonly jurisdiction: string | null;
  /** For people, in words. */
  readonly detail: string;
}

type Rules = ReadonlyMap<string, ResidencyRule>;
type Terms = Pick<Service, "residency" | "unknownPlace">;

/** What one service permits, under one table. Gives the same object for the same jurisdiction. */
export interface Permits {
  permit(place: Place): Permitted | Refused;
}

/**
 * Prepares `permit` for a service, for as long as the table stands. Each jurisdiction is worked out when first
 * met and kept, at most one answer for each and one for `none` and `unknown`, so that the steady state is two
 * look-ups and no allocation.
 */
export function compilePermits(rules: Rules, serviceRegions: ReadonlySet<string>, service: Terms): Permits {
  const answers = new Map<Residence, Permitted | Refused>();
  return {
    permit(place) {
      const residence = jurisdictionOf(place);
      let answer = answers.get(residence);
      if (answer === undefined) {
        answer = permitResidence(rules, serviceRegions, service, residence);
        answers.set(residence, answer);
      }
      return answer;
    },
  };
}

/**
 * Decides which of a service's regions may serve a client at a place. `serviceRegions` are the regions with a
 * backend of the service, whatever their health. A client outside every jurisdiction may go anywhere; under
 * `required` one in a jurisdiction without a rule in the table is refused.
 */
export function permit(
  rules: Rules,
  serviceRegions: ReadonlySet<string>,
  service: Terms,
  place: Place,
): Permitted | Refused {
  return permitResidence(rules, serviceRegions, service, jurisdictionOf(place));
}

const compiled = new WeakMap<ServiceEntry, Permits>();

/** The stage of a request: takes screened facts only. Entries live as long as their snapshot, and so do the answers. */
export function permitRequest(snapshot: Snapshot, entry: ServiceEntry, { place }: Screened): Permitted | Refused {
  let permits = compiled.get(entry);
  if (!permits) {
    permits = compilePermits(snapshot.table.residency, entry.regions, entry.service);
    compiled.set(entry, permits);
  }
  return permits.permit(place);
}

function permitResidence(
  rules: Rules,
  serviceRegions: ReadonlySet<string>,
  service: Terms,
  residence: Residence,
): Permitted | Refused {
  if (service.residency === "none") return anywhere(serviceRegions);
  switch (residence.kind) {
    case "none":
      return anywhere(serviceRegions);
    case "unknown":
      return service.residency === "required" && service.unknownPlace === "refuse"
        ? refuse("unknown-place", null, "the client's country is not known")
        : anywhere(serviceRegions);
    case "in": {
      const { id } = residence.jurisdiction;
      return service.residency === "required"
        ? insideOnly(rules, serviceRegions, id)
        : insideFirst(rules, serviceRegions, id);
    }
  }
}

function anywhere(serviceRegions: ReadonlySet<string>): Permitted {
  return allow(null, "all", [[...serviceRegions]]);
}

function insideOnly(rules: Rules, serviceRegions: ReadonlySet<string>, jurisdiction: string): Permitted | Refused {
  const rule = rules.get(jurisdiction);
  if (!rule) return refuse("no-permitted-region", jurisdiction, `the table has no residency rule for ${jurisdiction}`);
  const inside = rule.regions.filter((region) => serviceRegions.has(region));
  if (inside.length > 0) return allow(jurisdiction, `inside:${jurisdiction}`, [inside]);
  return refuse("no-permitted-region", jurisdiction, `no region permitted for ${jurisdiction} serves this service`);
}

function insideFirst(rules: Rules, serviceRegions: ReadonlySet<string>, jurisdiction: string): Permitted {
  const ruled = new Set<string>(rules.get(jurisdiction)?.regions);
  const inside = [...serviceRegions].filter((region) => ruled.has(region));
  const outside = [...serviceRegions].filter((region) => !ruled.has(region));
  return allow(jurisdiction, `first:${jurisdiction}`, [inside, outside]);
}

function allow(jurisdiction: string | null, key: string, sets: readonly (readonly string[])[]): Permitted {
  const tiers = sets.filter((regions) => regions.length > 0).map((regions) => ({ ids: new Set(regions) }));
  return { [permitted]: true, kind: "permitted", jurisdiction, tiers, key };
}

function refuse(reason: Refused["reason"], jurisdiction: string | null, detail: string): Refused {
  return { kind: "refused", reason, jurisdiction, detail };
}
