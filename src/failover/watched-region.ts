import { z } from "zod";
import {
  newRegion,
  type RegionCondition,
  type RegionTransition,
  regionConditionSchema,
  stepRegion,
} from "../health/region-state.ts";
import { type RegionBurden, strainsOf } from "../health/region-strain.ts";
import type { Region } from "../table/region.ts";
import type { BackendStanding } from "./checks-trigger.ts";
import { noTriggers, type RegionTriggers, regionTriggersSchema, stepTriggers } from "./region-triggers.ts";
import type { Trigger, TriggerProgress } from "./trigger.ts";

/** What is remembered of a region from one look to the next. */
export interface WatchedRegion {
  readonly condition: RegionCondition;
  readonly triggers: RegionTriggers;
}

export const watchedRegionSchema = z.object({
  condition: regionConditionSchema,
  triggers: regionTriggersSchema,
}) satisfies z.ZodType<WatchedRegion>;

export const newlyWatched = (now: number): WatchedRegion => ({ condition: newRegion(now), triggers: noTriggers });

/** All that can be seen of a region. */
export interface RegionSight extends RegionBurden {
  readonly region: Pick<Region, "state" | "failover">;
  readonly standings: readonly BackendStanding[];
}

export interface RegionLook {
  readonly watched: WatchedRegion;
  readonly transitions: readonly RegionTransition[];
  /** The one that holds. */
  readonly trigger: Trigger | null;
  readonly progress: readonly TriggerProgress[];
}

/** Takes a look at a region: first the triggers, then the state that follows from them and from what strains it. */
export function lookAt(before: WatchedRegion, sight: RegionSight, now: number): RegionLook {
  const { region, standings, reading } = sight;
  const { triggers, progress, fired } = stepTriggers(
    before.triggers,
    { backends: standings, reading },
    region.failover,
    now,
  );
  const { state } = before.condition;
  const failing = fired && ({ kind: "trigger", trigger: fired.kind, detail: fired.detail } as const);
  const degrading = strainsOf(sight, region.failover, state !== "active");
  const { condition, transitions } = stepRegion(
    before.condition,
    { configured: region.state, failing, degrading },
    now,
  );
  return { watched: { condition, triggers }, transitions, trigger: fired, progress };
}

/** Whether anything about it may soon be different, so that it is worth looking often. */
export function isUnsettled({ condition, triggers }: WatchedRegion): boolean {
  const { state, leavingSince } = condition;
  const isSettled = state === "active" || state === "maintenance" || state === "draining";
  return !isSettled || leavingSince !== null || triggers.errors.since !== null || triggers.latency.since !== null;
}
