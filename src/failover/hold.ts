import { z } from "zod";

/** A condition that nothing was heard of for so long is forgotten. */
export const SILENCE_MS = 30_000;
/** After a pause of who watches this long, what was held is no evidence. */
export const PAUSE_MS = 60_000;

/** How long a condition has been so. Times are Unix milliseconds. */
export const holdSchema = z.object({
  /** Since when; `null` while it is not so. */
  since: z.number().nullable(),
  /** When it was last seen to be so. */
  seenAt: z.number(),
  /** When it was last looked at. */
  at: z.number(),
});
export type Hold = z.infer<typeof holdSchema>;

export const noHold: Hold = { since: null, seenAt: 0, at: 0 };

/**
 * Takes a look at a condition; `null` is that nothing can be said, which neither ends it nor counts as seen. A clock
 * that was set back, or a pause, makes it begin anew: it is too late rather than too early.
 */
export function look(hold: Hold, isSo: boolean | null, now: number): Hold {
  const broken = now < hold.at || now - hold.at > PAUSE_MS;
  const since = broken ? null : hold.since;
  if (isSo === null) return { ...hold, since: now - hold.seenAt > SILENCE_MS ? null : since, at: now };
  return isSo ? { since: since ?? now, seenAt: now, at: now } : { since: null, seenAt: hold.seenAt, at: now };
}

/** Whether it is so now, and has been for this long. */
export function lasts({ since, seenAt, at }: Hold, neededMs: number): boolean {
  return since !== null && seenAt === at && at - since >= neededMs;
}
