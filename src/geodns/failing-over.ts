import type { Snapshot } from "../table/snapshot.ts";

/** Of answers that may lead to a region which fails over, so that whoever has one is soon free to go elsewhere. */
export const FAILING_OVER_TTL_SECONDS = 60;

/** Whether the traffic of a region has been moved, or is on its way. */
export const isFailingOver = (snapshot: Snapshot, region: string): boolean => snapshot.failovers.has(region);
