import { parseCidr } from "../../base/ip.ts";
import type { AddressRule } from "../../table/address-rule.ts";
import type { Ban } from "./ban.ts";
import type { Spared } from "./spared.ts";

type Blacklist = ReadonlyMap<string, AddressRule>;

export interface Enlistment {
  /** What the blacklist is to have, by CIDR. */
  readonly entries: Readonly<Record<string, AddressRule>>;
  /** Those that the entries are of. */
  readonly entered: readonly Ban[];
  /** Those that need no entry: a longer one is there, or theirs is, and the answer that said so was lost. */
  readonly covered: readonly Ban[];
  /** Those that may have none: since the decision, the allowlist has come to hold them. */
  readonly refused: readonly (readonly [ban: Ban, detail: string])[];
}

/** How decided bans come to the blacklist as it is now. What a person has put there for longer is not shortened. */
export function enlist(bans: readonly Ban[], blacklist: Blacklist, spared: Pick<Spared, "by">): Enlistment {
  const entries: Record<string, AddressRule> = {};
  const entered: Ban[] = [];
  const covered: Ban[] = [];
  const refused: [Ban, string][] = [];
  for (const ban of bans) {
    const cidr = parseCidr(ban.cidr);
    const by = cidr.ok ? spared.by(cidr.value) : null;
    const held = blacklist.get(ban.cidr);
    if (!cidr.ok) refused.push([ban, cidr.error]);
    else if (by !== null) refused.push([ban, `${by} is on the allowlist`]);
    else if (held && outlasts(held, ban)) covered.push(ban);
    else {
      const { reason, decidedAt, expiresAt, id } = ban;
      entries[ban.cidr] = { reason, createdAt: Math.floor(decidedAt), expiresAt: Math.floor(expiresAt), ban: id };
      entered.push(ban);
    }
  }
  return { entries, entered, covered, refused };
}

const outlasts = ({ expiresAt }: AddressRule, ban: Ban): boolean =>
  expiresAt === null || expiresAt >= Math.floor(ban.expiresAt);

/** The table takes expired entries out by its own clock: near its end, a ban that is gone has run its time. */
export const NEAR_END_MS = 60_000;

/** The bans in force whose entry is gone, though they had time left: a person has taken them out. */
export function takenOut(bans: Iterable<Ban>, blacklist: Blacklist, epoch: number, now: number): Ban[] {
  return [...bans].filter(
    ({ state, cidr, expiresAt }) =>
      state.kind === "in-force" && (state.epoch ?? 0) <= epoch && expiresAt - now > NEAR_END_MS && !blacklist.has(cidr),
  );
}
