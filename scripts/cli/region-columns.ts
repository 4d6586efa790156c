import type { RegionHealth } from "../../workers/control/schema/health.ts";

/** Regions as a table for people: its headings and rows. */
export function regionColumns(regions: readonly RegionHealth[]): [readonly string[], string[][]] {
  const headings = ["REGION", "STATUS", "STATE", "WEIGHT", "DIAL", "BACKENDS", "LATENCY", "CPU"];
  const rows = regions.map((region) => [
    region.id,
    region.status,
    region.observed?.state ?? region.state,
    String(region.weight),
    `${region.dialPercent}%`,
    `${region.backendsOpen}/${region.backends.length} take, ${region.backendsUp} up`,
    formatMs(region.latencyMs),
    region.load === null ? "-" : `${Math.round(region.load.cpu * 100)}%`,
  ]);
  return [headings, rows];
}

export const formatMs = (ms: number | null) => (ms === null ? "-" : `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`);
