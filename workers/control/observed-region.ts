import type { RegionStatus } from "../../durable-objects/region-watch/api.ts";
import { inWords } from "../../src/health/region-reason.ts";
import type { RegionTransition } from "../../src/health/region-state.ts";
import type { Call } from "./route.ts";
import type { ObservedRegion, RegionTransitionReply } from "./schema/observed-region.ts";
import { toTime } from "./to-time.ts";

/** What the regions are held to be, by id; empty while the one who watches them cannot be reached: the rest is shown. */
export async function readObserved(call: Call): Promise<ReadonlyMap<string, RegionStatus>> {
  try {
    return new Map((await call.deps.watch.status()).map((status) => [status.region, status]));
  } catch (cause) {
    const { requestId } = call.actor;
    call.deps.log({ level: "error", message: "the watch of the regions cannot be reached", requestId, cause });
    return new Map();
  }
}

export function toObserved({ state, since, reasons, trigger, progress, ...figures }: RegionStatus): ObservedRegion {
  const { requests, errorRate, p95Ms } = figures;
  return {
    state,
    since: toTime(since),
    reasons: reasons.map(inWords),
    requests,
    errorRate,
    p95Ms,
    trigger: trigger && { ...trigger, since: toTime(trigger.since) },
    triggers: progress.map(({ since: begun, neededMs, ...each }) => ({
      ...each,
      since: begun === null ? null : toTime(begun),
      neededSeconds: neededMs / 1000,
    })),
  };
}

export const toTransition = ({ at, from, to, reasons }: RegionTransition): RegionTransitionReply => ({
  at: toTime(at),
  from,
  to,
  reasons: reasons.map(inWords),
});
