import { ACCEPT_AFTER_MS } from "../anomaly/detector.ts";
import type { Slice } from "./slice.ts";
import type { UsualShares } from "./usual-shares.ts";

/** What the shield has let be for so long may be the new normal: a launch looks like that. */
export const LET_BE_S = ACCEPT_AFTER_MS / 1000;
/** A second in which the shield held it back undoes so many in which it did not. */
const HELD_BACK_UNDOES_S = 10;
/**
 * Whatever is done about it, what has lasted so long is the new normal: a launch that nothing tells from a flood is not
 * challenged for ever. People have been told of it all day.
 */
export const LONGEST_MS = 86_400_000;
/** The shield holds a service back when it refuses this part of the requests more than usual, and so many a second. */
const LEAST_PART = 0.01;
const LEAST_RATE = 10;

/** Results of requests that the shield refused, as the edge names its outcomes. */
export const REFUSALS: readonly string[] = ["limited", "throttled", "challenged", "mitigated", "too-many-waiting"];

export function isHeldBack({ total, counts }: Slice, usual: UsualShares): boolean {
  let beyond = 0;
  for (const result of REFUSALS)
    beyond += (counts.get("status")?.get(result) ?? 0) - usual.share("status", result) * total;
  return beyond >= Math.max(LEAST_RATE, LEAST_PART * total);
}

/** Seconds for which an attack has been let be, one second on. */
export const countLetBe = (letBeS: number, heldBack: boolean): number =>
  heldBack ? Math.max(0, letBeS - HELD_BACK_UNDOES_S) : Math.min(LET_BE_S, letBeS + 1);

/** Whether what is seen of an attack may be taken for the new normal. `at` in Unix milliseconds. */
export const mayBecomeUsual = (
  { letBeS, startedAt }: { readonly letBeS: number; readonly startedAt: number },
  at: number,
): boolean => letBeS >= LET_BE_S || at - startedAt >= LONGEST_MS;
