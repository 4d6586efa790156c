import { backendsOf, type Configuration, regionOf, serviceOf } from "../configuration.ts";
import type { Invariant, IsolateId } from "../observation.ts";
import type { KnownRequest, Records } from "../records.ts";
import { permittedRegions } from "./stays-permitted.ts";

/** Of an ejection's time, by which its beginning may be known too late: errors still come in after it. */
const SURE_PART = 0.8;
/** What failed lately may be ejected too: an isolate tells of it when its request has ended, which takes a while. */
const UNTOLD_MS = 10_000;

/** The isolate's own clock. */
interface Ejection {
  readonly at: number;
}

/**
 * A backend that an isolate has ejected gets no request from it while the ejection lasts and another one, healthy by
 * the table and well lately here, could serve. What the isolate has ejected is known by what it told the table.
 */
export function ejectedRest(records: Records): Invariant {
  const ejections = new Map<IsolateId, Map<string, Ejection>>();
  const failedAt = new Map<IsolateId, Map<string, number>>();
  const nest = <T>(map: Map<string, Map<string, T>>, isolate: IsolateId): Map<string, T> => {
    const inner = map.get(isolate) ?? new Map<string, T>();
    map.set(isolate, inner);
    return inner;
  };
  return {
    name: "an ejected backend gets no more than probes",
    see(observation, at) {
      switch (observation.kind) {
        case "try-failed":
          nest(failedAt, observation.isolate).set(observation.backend, observation.isolateNow);
          return null;
        case "suspicion":
          for (const backend of observation.backends) {
            const failed = failedAt.get(observation.isolate)?.get(backend);
            if (failed !== undefined) nest(ejections, observation.isolate).set(backend, { at: failed });
          }
          return null;
        case "view": {
          // Up since then, say the monitors, which is newer than the errors.
          const own = ejections.get(observation.isolate);
          for (const [backend, ejection] of own ?? []) {
            const verdict = observation.health.get(backend);
            if (verdict?.status === "up" && verdict.since > ejection.at - 1000) own?.delete(backend);
          }
          return null;
        }
        case "try": {
          const known = records.request(observation.request);
          const own = known && ejections.get(known.errand.isolate);
          const ejection = own?.get(observation.backend);
          if (!known?.view || !own || !ejection) return null;
          const { configuration } = known.view;
          const service = serviceOf(configuration, known.errand.service);
          if (!service || service.panicThresholdPercent > 0) return null;
          const isolateNow = at + known.errand.skewMs;
          const since = isolateNow - ejection.at;
          if (since >= service.ejectionSeconds * 1000 * SURE_PART) return null;
          const failed = [...(failedAt.get(known.errand.isolate) ?? [])];
          const lately = failed.filter(([, time]) => isolateNow - time < UNTOLD_MS).map(([id]) => id);
          const other = otherChoice(known, known.view, new Set([...own.keys(), ...lately]));
          if (other === null) return null;
          return (
            `${known.errand.isolate} ejected ${observation.backend} ${Math.round(since)} ms ago and sends it request ` +
            `${observation.request}, try ${known.tries.length}, with ${other} healthy`
          );
        }
        default:
          return null;
      }
    },
  };
}

/** A backend that could have had the request: open, permitted, up by the table, and not tried yet. */
function otherChoice(
  { errand, tries }: KnownRequest,
  { configuration, health, failovers }: NonNullable<KnownRequest["view"]>,
  passedOver: ReadonlySet<string>,
): string | null {
  const permitted = permittedRegions(configuration, errand.service, errand.client.jurisdiction);
  for (const [id, backend] of backendsOf(configuration)) {
    const isPermitted = permitted === "all" || permitted.includes(backend.region);
    if (passedOver.has(id) || tries.includes(id) || !isPermitted || !isOpen(configuration, backend)) continue;
    if (health.get(id)?.status === "up" && failovers.get(backend.region)?.percent !== 0) return id;
  }
  return null;
}

function isOpen(configuration: Configuration, backend: { state: string; weight: number; region: string }): boolean {
  const region = regionOf(configuration, backend.region);
  const isTaking = backend.state === "active" && backend.weight > 0;
  return isTaking && region?.state === "active" && region.weight > 0 && region.dialPercent > 0;
}
