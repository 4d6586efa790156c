import { z } from "zod";
import { type DefenceLevel, defenceLevels } from "../../table/defence.ts";

/** What gets through of an attack has so long to fall before the next sharper level; but what was eased is met at once. */
export const RISE_AFTER_MS = 10_000;
/** Calm of this length takes one level away. */
export const CALM_MS = 60_000;
/** It is calm enough after so long where those who sent most of it are banned: nobody of them returns. */
export const BANNED_CALM_MS = 3000;
/** Each time that it had to be sharpened again after it was eased, calm has to last twice as long, so many times. */
export const MAX_RELAPSES = 4;
/** What may get through beyond what is usual, as a part of that, and at least so many requests a second. */
export const TOLERATED_EXCESS = 0.25;
export const TOLERATED_RATE = 10;

/** How sharply a service is defended, and what would change that. Times are Unix milliseconds. */
export const stanceSchema = z.object({
  level: z.enum(defenceLevels),
  /** When it last changed, and whether that was by easing; `null` before the first change. */
  changedAt: z.number().nullable(),
  eased: z.boolean(),
  /** Since when too much has been getting through, and since when it has been calm; `null` while that is not so. */
  pressedSince: z.number().nullable(),
  calmSince: z.number().nullable(),
  relapses: z.int().min(0).max(MAX_RELAPSES),
  at: z.number(),
});
export type Stance = z.infer<typeof stanceSchema>;

export const noStance = (now: number): Stance => ({
  level: "observe",
  changedAt: null,
  eased: false,
  pressedSince: null,
  calmSince: null,
  relapses: 0,
  at: now,
});

export interface Reading {
  /** Whether there is an attack now that asks for something: at least a major one. Without it, it is calm. */
  readonly isAttacked: boolean;
  /** Whether too much still gets through. */
  readonly isPressed: boolean;
  /** The sharpest level that may be used now, and the one that is asked for as soon as anything is done. */
  readonly most: DefenceLevel;
  readonly least: DefenceLevel;
  /** Whether a limit is among the levels; where it is not, there is nothing between a challenge and none. */
  readonly mayLimit: boolean;
  /** How long calm has to last, where nothing came back after easing. */
  readonly calmMs?: number;
}

export type Move = "enter" | "sharpen" | "ease" | "cap";

/** Takes a look. The move says why the level is another one, where it is. */
export function stepLevel(
  before: Stance,
  reading: Reading,
  now: number,
): { readonly stance: Stance; readonly move: Move | null } {
  const stance = look(before, reading, now);
  const { level, changedAt, eased, pressedSince, calmSince, relapses } = stance;
  const change = (to: DefenceLevel, move: Move) => ({ stance: changed(stance, to, move, now), move });
  const lasted = (since: number | null, ms: number) =>
    since !== null && now - Math.max(since, changedAt ?? since) >= ms;
  // The calm before easing has kept changes apart, and relapses make it longer: what comes back then does not wait.
  const maySharpen = changedAt === null || eased || now - changedAt >= RISE_AFTER_MS;
  if (ranked(level) > ranked(reading.most)) return change(reading.most, "cap");
  if (level === "limit" && !reading.mayLimit) return change("observe", "cap");
  if (level !== "observe" && lasted(calmSince, (reading.calmMs ?? CALM_MS) * 2 ** relapses))
    return change(below(level, reading), "ease");
  if (!reading.isAttacked || level === reading.most || !maySharpen) return { stance, move: null };
  const least = milder(reading.most, sharper("limit", reading.least));
  if (ranked(level) < ranked(least)) return change(least, level === "observe" ? "enter" : "sharpen");
  return lasted(pressedSince, RISE_AFTER_MS) ? change(next(level, 1), "sharpen") : { stance, move: null };
}

/** Whether what gets through is more than may. */
export const isTooMuch = (excess: number, expected: number): boolean =>
  excess > Math.max(TOLERATED_RATE, TOLERATED_EXCESS * expected);

/** A clock that was set back makes all times begin anew: it is too late rather than too early. */
function look(before: Stance, { isAttacked, isPressed }: Reading, now: number): Stance {
  const isBack = now < before.at;
  const pressedSince = isBack ? null : before.pressedSince;
  const calmSince = isBack ? null : before.calmSince;
  return {
    ...before,
    changedAt: isBack && before.changedAt !== null ? now : before.changedAt,
    pressedSince: isPressed ? (pressedSince ?? (isAttacked ? now : null)) : null,
    calmSince: isAttacked ? null : (calmSince ?? now),
    at: now,
  };
}

function changed(stance: Stance, level: DefenceLevel, move: Move, now: number): Stance {
  const isRelapse = stance.eased && (move === "enter" || move === "sharpen");
  return {
    ...stance,
    level,
    changedAt: now,
    eased: move === "ease",
    calmSince: stance.calmSince === null ? null : now,
    relapses: isRelapse ? Math.min(MAX_RELAPSES, stance.relapses + 1) : stance.relapses,
  };
}

export const ranked = (level: DefenceLevel): number => defenceLevels.indexOf(level);
const next = (level: DefenceLevel, by: 1 | -1): DefenceLevel => defenceLevels[ranked(level) + by] ?? level;
const below = (level: DefenceLevel, { mayLimit }: Reading): DefenceLevel =>
  level === "challenge" && !mayLimit ? "observe" : next(level, -1);
const sharper = (a: DefenceLevel, b: DefenceLevel): DefenceLevel => (ranked(a) >= ranked(b) ? a : b);
export const milder = (a: DefenceLevel, b: DefenceLevel): DefenceLevel => (ranked(a) <= ranked(b) ? a : b);
