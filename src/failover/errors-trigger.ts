import type { RegionFigures } from "../health/region-counts.ts";
import { percent } from "../health/region-reason.ts";
import type { RegionReading } from "../health/region-window.ts";
import type { FailoverSettings } from "../table/failover-settings.ts";
import { type Hold, lasts, look } from "./hold.ts";
import type { TriggerProgress } from "./trigger.ts";

type Settings = Pick<FailoverSettings, "errorPercent" | "errorSeconds" | "minRequests">;

/** Too many of the requests to a region have failed for too long. */
export function stepErrors(
  hold: Hold,
  reading: RegionReading | null,
  { errorPercent, errorSeconds, minRequests }: Settings,
  now: number,
): { readonly hold: Hold; readonly progress: TriggerProgress } {
  const isOver = ({ requests, failures }: RegionFigures) =>
    errorPercent !== null && failures > (requests * errorPercent) / 100;
  const next = look(hold, judge(reading, minRequests, isOver), now);
  const neededMs = errorSeconds * 1000;
  const rate = reading === null || reading.requests === 0 ? 0 : reading.failures / reading.requests;
  return {
    hold: next,
    progress: {
      kind: "errors",
      since: next.since,
      neededMs,
      fired: lasts(next, neededMs),
      detail:
        errorPercent === null
          ? "off"
          : `${percent(rate)} of ${reading?.requests ?? 0} requests in 20 s failed; ${percent(errorPercent / 100)} may`,
    },
  };
}

/**
 * Whether a reading is over a bound; `null` where it holds too few requests to tell. One whose newest part has requests
 * in plenty and is not over is not over: the trouble has ended.
 */
export function judge(
  reading: RegionReading | null,
  minRequests: number,
  isOver: (figures: RegionFigures) => boolean,
): boolean | null {
  if (reading === null || reading.requests < minRequests) return null;
  const hasEnded = reading.recent.requests >= minRequests && !isOver(reading.recent);
  return isOver(reading) && !hasEnded;
}
