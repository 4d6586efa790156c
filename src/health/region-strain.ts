import type { FailoverSettings } from "../table/failover-settings.ts";
import type { Load } from "../table/verdict.ts";
import type { RegionReason } from "./region-reason.ts";
import type { RegionReading } from "./region-window.ts";

/** The upper ends of the guide's targets: CPU 60 to 70 %, memory 70 to 80 %, disk and network below 80 %. */
export const LOAD_TARGETS = { cpu: 0.7, memory: 0.8, disk: 0.8, network: 0.8 } as const;
/** Once it is too much, a figure has to fall below this part of its bound. */
export const RELIEF = 0.9;
/** A region is degraded from these parts of what fails it: 2 % of errors, as the guide alerts, and 400 ms. */
const ERRORS_PART = 0.4;
const LATENCY_PART = 0.8;

/** What may strain a region. */
export interface RegionBurden {
  readonly backends: { readonly up: number; readonly total: number };
  readonly load: Load | null;
  /** `null` where no edge has sent anything there of late. */
  readonly reading: RegionReading | null;
}

/** What is wrong with a region without being its failure. `isStrained`: it is degraded already. */
export function strainsOf(
  { backends: { up, total }, load, reading }: RegionBurden,
  { errorPercent, latencyMs, minRequests }: FailoverSettings,
  isStrained: boolean,
): RegionReason[] {
  const reasons: RegionReason[] = [];
  const ease = isStrained ? RELIEF : 1;
  if (up < total) reasons.push({ kind: "backends-down", down: total - up, total });
  for (const part of ["cpu", "memory", "disk", "network"] as const) {
    const target = LOAD_TARGETS[part];
    const value = load?.[part] ?? 0;
    if (value > target * ease) reasons.push({ kind: "load", part, value, target });
  }
  if (reading === null || reading.requests < minRequests) return reasons;
  const rate = reading.failures / reading.requests;
  const bound = ((errorPercent ?? 100) / 100) * ERRORS_PART;
  if (errorPercent !== null && rate > bound * ease) reasons.push({ kind: "errors", rate, bound });
  const boundMs = (latencyMs ?? 0) * LATENCY_PART;
  const { p95Ms } = reading;
  if (latencyMs !== null && p95Ms !== null && p95Ms > boundMs * ease) reasons.push({ kind: "latency", p95Ms, boundMs });
  return reasons;
}

/** What is fewer is chance, and no reason for hurry: a thousandth of all requests may well fail at any time. */
const MIN_FAILURES = 5;
const MIN_REQUESTS = 20;

/** Whether who has counted these is not to wait with them: a region that may come to be degraded by them. */
export function isOutOfBounds(
  { requests, failures, p95Ms }: Pick<RegionReading, "requests" | "failures" | "p95Ms">,
  { errorPercent, latencyMs }: FailoverSettings,
): boolean {
  const tooMany = (requests * (errorPercent ?? 100) * ERRORS_PART) / 100;
  if (errorPercent !== null && failures >= MIN_FAILURES && failures > tooMany) return true;
  return requests >= MIN_REQUESTS && latencyMs !== null && p95Ms !== null && p95Ms > latencyMs * LATENCY_PART;
}
