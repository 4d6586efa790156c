import { serviceOf } from "../configuration.ts";
import type { Invariant } from "../observation.ts";
import type { Records } from "../records.ts";

/** A region whose traffic has been moved gets none, first try or retry, by the table that the isolate had. */
export function failedOverRest(records: Records): Invariant {
  return {
    name: "a failed-over region gets no traffic",
    see(observation) {
      if (observation.kind !== "try") return null;
      const known = records.request(observation.request);
      if (!known?.view) return null;
      const { errand, view } = known;
      const region = records.regionOf(view.configuration, observation.backend);
      const failover = region === null ? undefined : view.failovers.get(region);
      if (failover?.percent !== 0) return null;
      if (serviceOf(view.configuration, errand.service)?.whenNoneHealthy === "fail-open") return null;
      return (
        `request ${observation.request} went to ${observation.backend} in ${region}, which epoch ${view.epoch} ` +
        `has failed over to ${failover.targets.map((target) => target.region).join(", ")}`
      );
    },
  };
}
