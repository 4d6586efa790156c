import { coloNear } from "../geo/colos.ts";
import type { Backend } from "../table/backend.ts";
import type { Region } from "../table/region.ts";
import type { Health } from "../table/table.ts";

/** The backend that stands for its region, both when it asks and when it is asked. */
export interface MeasurementPoint {
  readonly region: string;
  readonly backend: string;
  readonly url: string;
  readonly healthPath: string;
  /** The code of the colo that is nearest to the region. */
  readonly colo: string;
}

/**
 * One for each region that has any, in the order of the regions' ids: the first healthy backend by id, so that it is the
 * same one as long as it is well. Where none is healthy it is one of the others, so that the loss shows.
 */
export function measurementPoints(
  regions: ReadonlyMap<string, Region>,
  backends: ReadonlyMap<string, Backend>,
  health: Health,
): readonly MeasurementPoint[] {
  const candidates = [...backends].filter(([, { state }]) => state !== "disabled").sort(byId);
  const byRegion = Map.groupBy(candidates, ([, { region }]): string => region);
  return [...regions].sort(byId).flatMap(([region, point]): MeasurementPoint[] => {
    const own = byRegion.get(region) ?? [];
    const chosen = own.find(([id]) => health.get(id)?.status === "up") ?? own[0];
    if (!chosen) return [];
    const [backend, { url, healthPath }] = chosen;
    return [{ region, backend, url, healthPath, colo: coloNear(point) }];
  });
}

const byId = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]) => (a < b ? -1 : 1);
