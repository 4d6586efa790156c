import { z } from "zod";
import type { FailbackSettings } from "../table/failback-settings.ts";

/** Percent of its due that a region takes at each step. */
export const RAMP = [5, 25, 50, 100] as const;
/** A region that falls back again must be well for twice as long before the next try, but not longer than this. */
const MAX_HOLD_DOWN_MS = 3_600_000;

/** How far a region is on its way back. Times are Unix milliseconds. */
export const failbackStateSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("holding"),
    /** `null` while it is not well. */
    healthySince: z.int().nullable(),
    /** When somebody said that it may come back. */
    approvedAt: z.int().nullable(),
    /** How often it has fallen back. */
    regressions: z.int(),
  }),
  z.object({
    kind: z.literal("ramping"),
    /** Index into the ramp. */
    step: z.int(),
    since: z.int(),
    regressions: z.int(),
  }),
]);
export type FailbackState = z.infer<typeof failbackStateSchema>;

/** How the region is now. */
export interface FailbackSigns {
  readonly isHealthy: boolean;
  /** What speaks against giving it more, in words; `null` when nothing does. */
  readonly fault: string | null;
}

export interface FailbackTerms extends FailbackSettings {
  /** Whether it waits for somebody to say so. */
  readonly needsApproval: boolean;
}

/** What is to be done: `percent` is what the region takes from now on, `returned` that it has all of its traffic again. */
export type FailbackEffect =
  | { readonly kind: "none" }
  | { readonly kind: "percent"; readonly percent: number; readonly detail: string }
  | { readonly kind: "returned" };

const none: FailbackEffect = { kind: "none" };

/** How the event of a failback that something spoke against begins. */
export const WENT_BACK = "back to 0 %: ";

/**
 * One look at a region on its way back. It must be well for the hold-down, without interruption, or be let back by
 * somebody; then it takes more step by step, each at least as long as the settings say, and nothing at all as soon as
 * anything is wrong with it.
 */
export function stepFailback(
  state: FailbackState,
  { isHealthy, fault }: FailbackSigns,
  terms: FailbackTerms,
  now: number,
): { readonly state: FailbackState; readonly effect: FailbackEffect } {
  switch (state.kind) {
    case "holding": {
      const healthySince = isHealthy && fault === null ? Math.min(state.healthySince ?? now, now) : null;
      const waiting = { ...state, healthySince };
      if (healthySince === null || !mayBegin(waiting, healthySince, terms, now))
        return { state: waiting, effect: none };
      const detail = state.approvedAt === null ? "healthy for the hold-down" : "let back by a person";
      return ramp(0, state.regressions, now, detail);
    }
    case "ramping": {
      const { step, since, regressions } = state;
      const trouble = isHealthy ? fault : "it is not healthy";
      if (trouble !== null) {
        const held = { kind: "holding", healthySince: null, approvedAt: null, regressions: regressions + 1 } as const;
        return { state: held, effect: { kind: "percent", percent: 0, detail: `${WENT_BACK}${trouble}` } };
      }
      // A clock that was set back does not hold it up for long: the step begins anew.
      if (now < since) return { state: { ...state, since: now }, effect: none };
      if (now - since < terms.stepSeconds * 1000) return { state, effect: none };
      return step + 1 < RAMP.length
        ? ramp(step + 1, regressions, now, "nothing is wrong with it")
        : { state, effect: { kind: "returned" } };
    }
  }
}

function ramp(step: number, regressions: number, now: number, detail: string) {
  const percent = RAMP[step] as number;
  return {
    state: { kind: "ramping", step, since: now, regressions } as const,
    effect: { kind: "percent", percent, detail: `${percent} %: ${detail}` } as const,
  };
}

function mayBegin(
  { approvedAt, regressions }: Extract<FailbackState, { kind: "holding" }>,
  healthySince: number,
  { needsApproval, holdDownSeconds }: FailbackTerms,
  now: number,
): boolean {
  if (approvedAt !== null) return true;
  const holdDownMs = Math.min(
    holdDownSeconds * 1000 * 2 ** regressions,
    Math.max(MAX_HOLD_DOWN_MS, holdDownSeconds * 1000),
  );
  return !needsApproval && now - healthySince >= holdDownMs;
}
