import { statisticsOfPaths } from "../../src/latency-matrix/path-record.ts";
import type { Backend } from "../../src/table/backend.ts";
import type { VantageRow } from "../latency-prober/api.ts";
import type { Target } from "./schema.ts";

/** What a vantage's checks say of its paths to regions: each of all the region's backends together. */
export function latencyRow(targets: readonly Target[], backends: ReadonlyMap<string, Backend>): VantageRow {
  const regions = Map.groupBy(targets, ({ backend }) => backends.get(backend)?.region);
  return [...regions].flatMap(([region, own]) => {
    const statistics = statisticsOfPaths(own.map(({ path }) => path));
    return region !== undefined && statistics !== null ? [[region, statistics] as const] : [];
  });
}
