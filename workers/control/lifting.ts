import { againInWords } from "../../src/shield/ban/words.ts";
import { reach } from "./reach.ts";
import type { Call } from "./route.ts";
import type { BanReply } from "./schema/ban.ts";
import { toBan } from "./shield-reply.ts";

/** What becomes of the shield's ban when its entry leaves the blacklist. */
interface Lifting {
  /** The ban that was lifted. */
  readonly ban: string | null;
  /** What happens next, a sentence each. */
  readonly notes: readonly string[];
}

export const nothingLifted: Lifting = { ban: null, notes: [] };

/**
 * Tells the shield that a person has lifted its ban, so that the same evidence leads to none again. The entry is gone
 * by now, whether or not the shield can be told. It is told of entries of people too, behind which a ban may wait.
 */
export async function lift(call: Call, cidr: string, isBan: boolean): Promise<Lifting> {
  const { mitigator } = call.deps;
  const lifted = await reach(call, "mitigator", () => mitigator.lift(cidr, call.actor.principal));
  if (!lifted.ok)
    return isBan
      ? {
          ban: null,
          notes: ["The shield could not be told: until it is, it may put the ban back on the same evidence."],
        }
      : nothingLifted;
  if (lifted.value === null) return nothingLifted;
  const standing = await reach(call, "mitigator", () => mitigator.standing(cidr));
  const next = standing.ok && standing.value !== null ? [sentence(standing.value.next)] : [];
  const again = againInWords(lifted.value.evidence);
  return {
    ban: lifted.value.id,
    notes: ["The shield's ban is lifted, and its evidence counts no more.", ...next, again],
  };
}

/** What is said where wider networks of the list still hold what was taken off it. */
export const coveringNotes = (list: string, coveredBy: readonly string[]): readonly string[] =>
  coveredBy.length === 0 ? [] : [`It is on the ${list} still, by ${coveredBy.join(", ")}.`];

/** The ban behind an entry; `null` where the shield cannot be asked, or has forgotten it. */
export async function evidenceOf(call: Call, ban: string): Promise<BanReply | null> {
  const found = await reach(call, "mitigator", () => call.deps.mitigator.ban(ban));
  return found.ok && found.value !== null ? toBan(found.value.ban) : null;
}

/** The mitigator's words, which may begin and end as words do. */
export function sentence(words: string): string {
  const whole = `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}
