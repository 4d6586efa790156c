import { type Configuration, regionsOfRule, serviceOf } from "../configuration.ts";
import type { Invariant } from "../observation.ts";
import type { Records } from "../records.ts";

/** No try of a request leaves the regions that the rule permits, by the table that the isolate had. */
export function staysPermitted(records: Records): Invariant {
  return {
    name: "nothing is served outside the permitted set",
    see(observation) {
      if (observation.kind !== "try") return null;
      const known = records.request(observation.request);
      if (!known?.view) return null;
      const { errand, view } = known;
      const { configuration } = view;
      const region = records.regionOf(configuration, observation.backend);
      const permitted = permittedRegions(configuration, errand.service, errand.client.jurisdiction);
      if (permitted === "all" || (region !== null && permitted.includes(region))) return null;
      return (
        `request ${observation.request} of ${errand.client.name} (${errand.client.jurisdiction}) to service ` +
        `${errand.service} went to ${observation.backend} in ${region}; epoch ${view.epoch} permits ` +
        `${permitted.join(", ") || "no region"}`
      );
    },
  };
}

/** Read straight from the rule. Where the inside is only preferred, the outside is permitted too. */
export function permittedRegions(
  configuration: Configuration,
  service: string,
  jurisdiction: string,
): readonly string[] | "all" {
  const terms = serviceOf(configuration, service);
  if (terms?.residency !== "required" || jurisdiction === "none") return "all";
  if (jurisdiction === "unknown") return terms.unknownPlace === "allow" ? "all" : [];
  return regionsOfRule(configuration, jurisdiction);
}
