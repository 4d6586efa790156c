import type { Snapshot } from "../table/snapshot.ts";

/** Of answers that may lead to a region which fails over, so that whoever has one is soon free to go elsewhere. */
export const FAILING_OVER_TTL_SECONDS = 60;

/** Whether the traffic of a region is being moved. A snapshot without the section moves none. */
export const isFailingOver = (snapshot: Snapshot, region: string): boolean =>
  (snapshot as { readonly failovers?: ReadonlyMap<string, unknown> }).failovers?.has(region) ?? false;
