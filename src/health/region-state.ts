import { z } from "zod";
import type { Region } from "../table/region.ts";
import { type Damping, fall, reuseAt, settle, undamped } from "./damping.ts";
import { type RegionReason, regionReasonSchema } from "./region-reason.ts";

export const regionStates = ["active", "degraded", "failed", "recovering", "maintenance", "draining"] as const;
export type RegionState = (typeof regionStates)[number];

/** Figures that are over their bounds for a moment degrade nothing. */
export const DEGRADE_AFTER_MS = 10_000;
/** A degraded region is active again when nothing has been wrong with it for so long. */
export const RESTORE_AFTER_MS = 30_000;
/** So long has a region that had failed to go without failing before it counts as active. */
export const RECOVERED_AFTER_MS = 60_000;
/** After a pause this long, what was held is no evidence: what must last begins anew. */
const STALE_AFTER_MS = 60_000;

/** What a region is held to be. Times are Unix milliseconds. */
export interface RegionCondition {
  readonly state: RegionState;
  readonly since: number;
  /** Why it is in this state, as it is now. */
  readonly reasons: readonly RegionReason[];
  /** Since when there is a reason, without interruption, to leave the state by and by; `null` when there is none. */
  readonly leavingSince: number | null;
  readonly damping: Damping;
  /** The last step. */
  readonly at: number;
}

export const regionConditionSchema = z.object({
  state: z.enum(regionStates),
  since: z.number(),
  reasons: z.array(regionReasonSchema),
  leavingSince: z.number().nullable(),
  damping: z.object({ penalty: z.number(), at: z.number(), suppressed: z.boolean() }),
  at: z.number(),
}) satisfies z.ZodType<RegionCondition>;

/** All that says how a region is. */
export interface RegionSigns {
  /** What people have set. */
  readonly configured: Region["state"];
  /** The trigger that holds. */
  readonly failing: RegionReason | null;
  /** What is wrong without being a failure. */
  readonly degrading: readonly RegionReason[];
}

export interface RegionTransition {
  readonly at: number;
  readonly from: RegionState;
  readonly to: RegionState;
  readonly reasons: readonly RegionReason[];
}

/** The ways from state to state. Into `maintenance` and `draining`, people may take a region from everywhere. */
export const WAYS: { readonly [S in RegionState]: readonly RegionState[] } = {
  active: ["degraded", "maintenance", "draining"],
  degraded: ["active", "failed", "maintenance", "draining"],
  failed: ["recovering", "maintenance", "draining"],
  recovering: ["active", "failed", "maintenance", "draining"],
  maintenance: ["recovering", "draining"],
  draining: ["recovering", "maintenance"],
};

export const newRegion = (now: number): RegionCondition => ({
  state: "active",
  since: now,
  reasons: [],
  leavingSince: null,
  damping: undamped,
  at: now,
});

/**
 * Takes what is known of a region now. No state is skipped: a region that dies passes through `degraded` within one
 * step. Each failure costs a penalty, and one that fails too often is held failed until it has decayed (`damping.ts`).
 */
export function stepRegion(
  before: RegionCondition,
  signs: RegionSigns,
  now: number,
): { readonly condition: RegionCondition; readonly transitions: readonly RegionTransition[] } {
  // A clock that was set back, or a long pause: nothing that was timed is evidence any more.
  const broken = now < before.at || now - before.at > STALE_AFTER_MS;
  let condition: RegionCondition = {
    ...before,
    since: Math.min(before.since, now),
    leavingSince: broken ? null : before.leavingSince,
    damping: settle(before.damping, now),
    at: now,
  };
  const transitions: RegionTransition[] = [];
  for (;;) {
    const { next, leavingSince } = leave(condition, signs, now);
    if (next === null) {
      return { condition: { ...condition, leavingSince, reasons: reasonsOf(condition, signs) }, transitions };
    }
    const damping = next === "failed" ? fall(condition.damping, now) : condition.damping;
    const entered = { ...condition, state: next, since: now, leavingSince: null, damping };
    transitions.push({ at: now, from: condition.state, to: next, reasons: reasonsOf(entered, signs) });
    condition = entered;
  }
}

interface Leave {
  readonly next: RegionState | null;
  readonly leavingSince: number | null;
}

const stay: Leave = { next: null, leavingSince: null };
const go = (next: RegionState): Leave => ({ next, leavingSince: null });

/** Leaves for `next` once the wish to has lasted. */
function goAfter({ leavingSince }: RegionCondition, next: RegionState, lastsMs: number, now: number): Leave {
  const since = leavingSince ?? now;
  return now - since >= lastsMs ? go(next) : { next: null, leavingSince: since };
}

function leave(condition: RegionCondition, { configured, failing, degrading }: RegionSigns, now: number): Leave {
  const { state, damping } = condition;
  if (configured !== "active") return configured === state ? stay : go(configured);
  switch (state) {
    case "maintenance":
    case "draining":
      return go("recovering");
    case "active":
      if (failing !== null || degrading.some(isDecided)) return go("degraded");
      return degrading.length > 0 ? goAfter(condition, "degraded", DEGRADE_AFTER_MS, now) : stay;
    case "degraded":
      if (failing !== null) return go("failed");
      return degrading.length > 0 ? stay : goAfter(condition, "active", RESTORE_AFTER_MS, now);
    case "failed":
      return failing === null && !damping.suppressed ? go("recovering") : stay;
    case "recovering":
      return failing !== null ? go("failed") : goAfter(condition, "active", RECOVERED_AFTER_MS, now);
  }
}

/** Verdicts have been confirmed before; figures have not. */
const isDecided = ({ kind }: RegionReason): boolean => kind === "backends-down";

function reasonsOf({ state, damping }: RegionCondition, signs: RegionSigns): RegionReason[] {
  if (state === "maintenance" || state === "draining") return [{ kind: "set", state }];
  const failing = signs.failing === null ? [] : [signs.failing];
  const held: RegionReason[] =
    state === "failed" && signs.failing === null && damping.suppressed
      ? [{ kind: "flapping", until: reuseAt(damping) }]
      : [];
  return [...failing, ...held, ...signs.degrading];
}
