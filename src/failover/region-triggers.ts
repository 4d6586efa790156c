import { z } from "zod";
import type { RegionReading } from "../health/region-window.ts";
import type { FailoverSettings } from "../table/failover-settings.ts";
import { type BackendStanding, stepChecks } from "./checks-trigger.ts";
import { stepErrors } from "./errors-trigger.ts";
import { holdSchema, noHold } from "./hold.ts";
import { stepLatency } from "./latency-trigger.ts";
import type { Trigger, TriggerProgress } from "./trigger.ts";

/** What the triggers of a region remember. */
export const regionTriggersSchema = z.object({ latency: holdSchema, errors: holdSchema });
export type RegionTriggers = z.infer<typeof regionTriggersSchema>;

export const noTriggers: RegionTriggers = { latency: noHold, errors: noHold };

interface Evidence {
  readonly backends: readonly BackendStanding[];
  readonly reading: RegionReading | null;
}

/** All triggers of a region, and the first that holds. */
export function stepTriggers(
  before: RegionTriggers,
  { backends, reading }: Evidence,
  settings: FailoverSettings,
  now: number,
): { readonly triggers: RegionTriggers; readonly progress: readonly TriggerProgress[]; readonly fired: Fired | null } {
  const checks = stepChecks(backends, reading, settings, now);
  const errors = stepErrors(before.errors, reading, settings, now);
  const latency = stepLatency(before.latency, reading, settings, now);
  const progress = [checks, errors.progress, latency.progress];
  const first = progress.find(({ fired }) => fired);
  const fired = first ? { kind: first.kind, since: first.since ?? now, detail: first.detail } : null;
  return { triggers: { latency: latency.hold, errors: errors.hold }, progress, fired };
}

type Fired = Trigger & Pick<TriggerProgress, "kind">;
