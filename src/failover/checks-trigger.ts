import { CHECK_INTERVAL_MS, FAILURES_TO_FALL } from "../health/hysteresis.ts";
import type { RegionReading } from "../health/region-window.ts";
import type { FailoverSettings } from "../table/failover-settings.ts";
import type { TriggerProgress } from "./trigger.ts";

/** Evidence of the edges that is older says nothing of now. */
export const EVIDENCE_MS = 60_000;

/** What is known of a backend that is probed. Times are Unix milliseconds. */
export interface BackendStanding {
  readonly id: string;
  /** `unknown` while it has no verdict. */
  readonly status: "up" | "down" | "unknown";
  readonly since: number;
  /** `low`: too few vantages have had a say. */
  readonly confidence: "full" | "low";
  /** When an edge last said that it fails real traffic; `null` when none has. */
  readonly suspectedAt: number | null;
}

/**
 * Every backend of a region is down. Where a verdict is of low confidence, the edges have to agree: by what they suspect,
 * or by requests of which most fail.
 */
export function stepChecks(
  backends: readonly BackendStanding[],
  reading: RegionReading | null,
  { checks, minRequests }: Pick<FailoverSettings, "checks" | "minRequests">,
  now: number,
): TriggerProgress {
  const neededMs = Math.max(0, (checks ?? FAILURES_TO_FALL) - FAILURES_TO_FALL) * CHECK_INTERVAL_MS;
  const down = backends.filter(({ status }) => status === "down");
  const allDown = backends.length > 0 && down.length === backends.length;
  // A verdict of the future is one by a clock that is ahead.
  const since = allDown ? Math.min(now, Math.max(...down.map((each) => each.since))) : null;
  const failsTraffic = reading !== null && reading.requests >= minRequests && reading.failures > reading.requests / 2;
  const isSuspected = ({ suspectedAt }: BackendStanding) =>
    suspectedAt !== null && Math.abs(now - suspectedAt) <= EVIDENCE_MS;
  const unsure = down.filter((each) => each.confidence === "low" && !failsTraffic && !isSuspected(each));
  const fired = checks !== null && since !== null && unsure.length === 0 && now - since >= neededMs;
  return { kind: "checks", since, neededMs, fired, detail: inWords() };

  function inWords(): string {
    if (checks === null) return "off";
    if (backends.length === 0) return "no backend is probed";
    if (!allDown) return `${down.length} of ${backends.length} backends are down`;
    const all = backends.length === 1 ? "its one backend is down" : `all ${backends.length} backends are down`;
    return unsure.length === 0 ? all : `${all}, by too few vantages; the edges do not say so`;
  }
}
