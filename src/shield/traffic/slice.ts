import { resample, weightOf } from "./resample.ts";
import { type ClientRow, requestsOf, type SampledRequest, type ServiceSecond } from "./traffic-second.ts";

/** By what clients ask: an anomaly in any of these is an attack. */
const askedBy = ["country", "asn", "method", "pathClass", "agentFamily"] as const;
/** By what became of it: a backend that fails moves these, too, so that they only explain. */
const endedBy = ["region", "status"] as const;
export const dimensions = [...askedBy, ...endedBy] as const;
export type Dimension = (typeof dimensions)[number];

/** What clients ask is estimated from samples; what became of it is counted. */
export const isSampled = (dimension: string): boolean => (askedBy as readonly string[]).includes(dimension);

/** Samples of a second that are kept beyond it. */
const MAX_KEPT = 500;

/** One second of a service, by dimension. */
export interface Slice {
  /** Unix seconds. */
  readonly second: number;
  readonly total: number;
  /** Requests by value. */
  readonly counts: ReadonlyMap<Dimension, ReadonlyMap<string, number>>;
  /** How many requests each sample stands for, on average; at least 1. */
  readonly standsFor: number;
  /** Thinned out; they still stand for the total. */
  readonly samples: readonly SampledRequest[];
  readonly clients: readonly ClientRow[];
}

/** `unit` in [0, 1): which samples are kept. */
export function sliceOf(second: number, traffic: ServiceSecond, unit: number): Slice {
  const total = requestsOf(traffic);
  const weight = weightOf(traffic.samples);
  // Samples of some seconds may be lost where their counts are not.
  const scale = weight > 0 ? total / weight : 0;
  const counts = new Map(dimensions.map((dimension) => [dimension, new Map<string, number>()]));
  const add = (dimension: Dimension, value: string, requests: number) => {
    const values = counts.get(dimension);
    values?.set(value, (values.get(value) ?? 0) + requests);
  };
  for (const { traits, weight: each } of traffic.samples) {
    const requests = each * scale;
    add("country", traits.country, requests);
    add("asn", String(traits.asn), requests);
    add("method", traits.method, requests);
    add("pathClass", traits.pathClass, requests);
    add("agentFamily", traits.agentFamily, requests);
  }
  for (const { region, result, requests } of traffic.cells) {
    add("region", region ?? "none", requests);
    add("status", result, requests);
  }
  return {
    second,
    total,
    counts,
    standsFor: traffic.samples.length === 0 ? 1 : Math.max(1, total / traffic.samples.length),
    samples: resample(traffic.samples, MAX_KEPT, unit),
    clients: traffic.clients,
  };
}

export const emptySlice = (second: number): Slice => ({
  second,
  total: 0,
  counts: new Map(),
  standsFor: 1,
  samples: [],
  clients: [],
});
