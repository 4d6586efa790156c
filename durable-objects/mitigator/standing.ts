import type { Ban } from "../../src/shield/ban/ban.ts";
import { absolve, banSeconds, forgetsAt, offencesAt } from "../../src/shield/ban/escalation.ts";
import { nextInWords } from "../../src/shield/ban/words.ts";
import type { Standing } from "./api.ts";
import type { Bans } from "./bans.ts";

/** What is on record of an address or a prefix, and what follows. */
export function standingOf(cidr: string, bans: Bans, now: number): Standing {
  const offender = bans.offender(cidr);
  const ban: Ban | null = bans.standing.get(cidr) ?? null;
  const offences = offencesAt(offender, now);
  return {
    cidr,
    offences,
    forgetsAt: ban === null ? forgetsAt(offender, now) : null,
    ban,
    forgivenUntil: offender.forgivenUntil,
    nextSeconds: banSeconds(offences + 1),
    nextSecondsIfLifted: banSeconds((ban === null ? offences : absolve(offender, now).offences) + 1),
    next: nextInWords(offender, ban !== null, now),
  };
}
