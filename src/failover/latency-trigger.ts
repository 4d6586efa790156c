import type { RegionFigures } from "../health/region-counts.ts";
import type { RegionReading } from "../health/region-window.ts";
import type { FailoverSettings } from "../table/failover-settings.ts";
import { judge } from "./errors-trigger.ts";
import { type Hold, lasts, look } from "./hold.ts";
import type { TriggerProgress } from "./trigger.ts";

type Settings = Pick<FailoverSettings, "latencyMs" | "latencySeconds" | "minRequests">;

/** A region has answered too slowly for too long. The road from the edges to it is in that time too. */
export function stepLatency(
  hold: Hold,
  reading: RegionReading | null,
  { latencyMs, latencySeconds, minRequests }: Settings,
  now: number,
): { readonly hold: Hold; readonly progress: TriggerProgress } {
  const isOver = ({ p95Ms }: RegionFigures) => latencyMs !== null && p95Ms !== null && p95Ms > latencyMs;
  const next = look(hold, judge(reading, minRequests, isOver), now);
  const neededMs = latencySeconds * 1000;
  const p95Ms = reading?.p95Ms ?? null;
  const seen = p95Ms === null ? "no answers in 20 s" : `p95 of the last 20 s is ${Math.round(p95Ms)} ms`;
  return {
    hold: next,
    progress: {
      kind: "latency",
      since: next.since,
      neededMs,
      fired: lasts(next, neededMs),
      detail: latencyMs === null ? "off" : `${seen}; ${latencyMs} ms may be`,
    },
  };
}
