import type { z } from "zod";
import { defaultRules } from "../residency/jurisdictions.ts";
import type { backendSchema } from "../table/backend.ts";
import { defaultLimits } from "../table/first-change.ts";
import { type Region, regionSchema } from "../table/region.ts";
import { seedRegions, seedRoundTripsMs } from "./regions.ts";

/** Enough of a backend for its section's schema to fill in the rest. */
type NewBackend = z.input<typeof backendSchema>;

/**
 * A merge patch that fills an empty table: the backends, those of the 13 regions that they stand in, the round
 * trips between these, residency rules, a policy of each kind, and the service `api`, which answers every host.
 * What rests on a region that is not in use is left out.
 */
export function seedTable(backends: Readonly<Record<string, NewBackend>>) {
  const used = new Set(Object.values(backends).map(({ region }) => region));
  const regions = Object.fromEntries(Object.entries(seedRegions).filter(([id]) => used.has(id)));
  const order = Object.keys(regions);
  return {
    regions,
    backends,
    policies: {
      latency: { kind: "latency" },
      weighted: { kind: "weighted" },
      geo: { kind: "geo" },
      failover: { kind: "failover", order },
      "round-robin": { kind: "round-robin" },
      "least-outstanding": { kind: "least-outstanding" },
      hash: { kind: "hash" },
    },
    services: {
      api: { hosts: ["*"], backends: "all", policy: "latency", tracePercent: 100, exposeDecision: true },
    },
    limits: defaultLimits,
    residency: residencyOf(regions),
    latency: Object.fromEntries(order.map((source) => [source, roundTrips(source, used)])),
  };
}

/** A jurisdiction that no region in use stands in gets no rule: without one, as with an empty one, it is refused. */
function residencyOf(regions: typeof seedRegions) {
  const parsed = Object.entries(regions).map(([id, region]): [string, Region] => [id, regionSchema.parse(region)]);
  const rules = [...defaultRules(new Map(parsed))].filter(([, rule]) => rule.regions.length > 0);
  return Object.fromEntries(rules);
}

function roundTrips(source: string, used: ReadonlySet<string>): Record<string, number> {
  const targets = Object.keys(seedRegions).map((id, index) => [id, seedRoundTripsMs[source]?.[index]] as const);
  return Object.fromEntries(targets.flatMap(([id, ms]) => (used.has(id) && ms !== undefined ? [[id, ms]] : [])));
}
