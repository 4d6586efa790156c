import { parseCidr } from "../../base/ip.ts";
import { type AddressRule, MAX_ADDRESS_RULES } from "../../table/address-rule.ts";
import type { Ban } from "./ban.ts";
import type { Spared } from "./spared.ts";
import { sparedInWords } from "./words.ts";

type Blacklist = ReadonlyMap<string, AddressRule>;

/** The table takes expired entries out by its own clock: near its end, an entry that is gone has run its time. */
export const NEAR_END_MS = 60_000;
/**
 * A person's entry that ends before the ban is left alone until it has so long to go: two looks at the blacklist, so that
 * the address is never free between.
 */
export const TAKEN_OVER_MS = 2 * NEAR_END_MS;

export interface Enlistment {
  /** What the blacklist is to have, by CIDR. */
  readonly entries: Readonly<Record<string, AddressRule>>;
  /** Those that the entries are of. */
  readonly entered: readonly Ban[];
  /** Those that need no entry now: a person's or a longer one is there, or theirs is, and the answer that said so was lost. */
  readonly covered: readonly Ban[];
  /** Those that the blacklist has no room for. They wait. */
  readonly waiting: readonly Ban[];
  /** Those that may have none: since the decision, the allowlist or a verified bot has come to hold them. */
  readonly refused: readonly (readonly [ban: Ban, detail: string])[];
}

/**
 * How bans that are not on the blacklist come there, as it is now: at most so many, the others later. What a person has
 * put there is not overwritten. No ban gives way to others where it is full: those that it is for would be free again, and
 * attackers who are more than there is room for would take turns.
 */
export function enlist(
  bans: readonly Ban[],
  blacklist: Blacklist,
  spared: Pick<Spared, "by">,
  now: number,
  most: number,
): Enlistment {
  const entries: Record<string, AddressRule> = {};
  const entered: Ban[] = [];
  const covered: Ban[] = [];
  const waiting: Ban[] = [];
  const refused: [Ban, string][] = [];
  let room = MAX_ADDRESS_RULES - blacklist.size;
  for (const ban of bans) {
    const cidr = parseCidr(ban.cidr);
    const by = cidr.ok ? spared.by(cidr.value) : null;
    const held = blacklist.get(ban.cidr);
    if (!cidr.ok) refused.push([ban, cidr.error]);
    else if (by !== null) refused.push([ban, sparedInWords(by)]);
    else if (held && isEnough(held, ban, now)) covered.push(ban);
    else if (!held && room <= 0) waiting.push(ban);
    else if (entered.length < most) {
      const { reason, decidedAt, expiresAt, id } = ban;
      entries[ban.cidr] = { reason, createdAt: Math.floor(decidedAt), expiresAt: Math.floor(expiresAt), ban: id };
      entered.push(ban);
      if (!held) room -= 1;
    }
  }
  return { entries, entered, covered, waiting, refused };
}

function isEnough({ expiresAt, ban: maker }: AddressRule, ban: Ban, now: number): boolean {
  if (expiresAt === null || expiresAt >= Math.floor(ban.expiresAt)) return true;
  return maker === undefined && expiresAt - now > TAKEN_OVER_MS;
}

/** Whether a ban stands and the blacklist holds no entry of it. */
export const isUnlisted = ({ state }: Ban): boolean =>
  state.kind === "deciding" || (state.kind === "in-force" && state.epoch === null);

/** The bans that had an entry of their own, which a person has made anew so that it ends sooner; with that end. */
export function shortened(
  bans: Iterable<Ban>,
  blacklist: Blacklist,
  epoch: number,
): (readonly [ban: Ban, expiresAt: number])[] {
  return [...bans].flatMap((ban) => {
    const held = blacklist.get(ban.cidr);
    if (!isListed(ban, epoch) || held === undefined || held.ban !== undefined || held.expiresAt === null) return [];
    return held.expiresAt < Math.floor(ban.expiresAt) ? [[ban, held.expiresAt] as const] : [];
  });
}

/**
 * The bans whose entry is gone, though they had time left: a person has taken them out. One that another entry stood in
 * for gets its own instead.
 */
export function takenOut(bans: Iterable<Ban>, blacklist: Blacklist, epoch: number, now: number): Ban[] {
  return [...bans].filter(
    (ban) => isListed(ban, epoch) && ban.expiresAt - now > NEAR_END_MS && !blacklist.has(ban.cidr),
  );
}

/** Whether a table of this epoch has had an entry of a ban. */
const isListed = ({ state }: Ban, epoch: number): boolean =>
  state.kind === "in-force" && state.epoch !== null && state.epoch <= epoch;
