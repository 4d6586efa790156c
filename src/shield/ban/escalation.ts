import { z } from "zod";
import type { Evidence } from "./evidence.ts";

/** The first offence is banned for so long, each further one twice as long as the one before, up to the longest. */
export const FIRST_BAN_SECONDS = 3600;
export const LONGEST_BAN_SECONDS = 7 * 86_400;
/** One offence is forgotten for each time of this length without a ban. */
export const FORGET_AFTER_MS = 7 * 86_400_000;
/** Of an attack that lasts, the last of it is the evidence: what is lifted and goes on is an offence again after so long. */
export const EVIDENCE_MS = 60_000;
/** Evidence that is older when it arrives is none: its message was held up, or comes from a clock that is wrong. */
export const MAX_EVIDENCE_AGE_MS = 60_000;

/** What is remembered of an address or a prefix. Times are Unix milliseconds. */
export const offenderSchema = z.object({
  /** Those that were not forgotten when the last ban began. */
  offences: z.int().min(0),
  /** When the last ban ends or ended; peace is counted from then. 0 before the first. */
  endsAt: z.number(),
  /** Evidence of what began until then is not held against it: a person has said so. */
  forgivenUntil: z.number().nullable(),
});
export type Offender = z.infer<typeof offenderSchema>;

export const unknownOffender: Offender = { offences: 0, endsAt: 0, forgivenUntil: null };

/** Offences that are not forgotten. A clock that was set back forgets none and brings none back beyond what there was. */
export function offencesAt({ offences, endsAt }: Offender, now: number): number {
  const peaceMs = Math.max(0, now - endsAt);
  return Math.max(0, offences - Math.floor(peaceMs / FORGET_AFTER_MS));
}

/** When the next offence is forgotten; `null` when there is none. */
export function forgetsAt(offender: Offender, now: number): number | null {
  const left = offencesAt(offender, now);
  return left === 0 ? null : offender.endsAt + (offender.offences - left + 1) * FORGET_AFTER_MS;
}

/** How long the offence of this number, 1 for the first, is banned. */
export function banSeconds(offence: number): number {
  // Past this many, the power alone is beyond the longest.
  return Math.min(LONGEST_BAN_SECONDS, FIRST_BAN_SECONDS * 2 ** Math.min(offence - 1, 20));
}

/** With one more offence, banned from now on. */
export function convict(offender: Offender, now: number): { readonly offender: Offender; readonly seconds: number } {
  const offences = offencesAt(offender, now) + 1;
  const seconds = banSeconds(offences);
  return { offender: { ...offender, offences, endsAt: now + seconds * 1000 }, seconds };
}

/** A person has ended the last ban: its offence counts as none, and what led to it is no evidence any more. */
export function absolve(offender: Offender, now: number): Offender {
  return { offences: Math.max(0, offencesAt(offender, now) - 1), endsAt: now, forgivenUntil: now };
}

/** A person does not hold this against it; what was before stays. */
export const forgive = (offender: Offender, now: number): Offender => ({ ...offender, forgivenUntil: now });

/** Whether it says something new: not what the last ban was for, not what was forgiven, and not long ago. */
export function isFresh({ endsAt, forgivenUntil }: Offender, { at, since }: Evidence, now: number): boolean {
  const isForgiven = forgivenUntil !== null && since <= forgivenUntil;
  return !isForgiven && at > endsAt && now - at <= MAX_EVIDENCE_AGE_MS;
}
