import { type Cidr, networkText } from "../../base/ip.ts";
import { type AddressRule, isInForce } from "../../table/address-rule.ts";

/** The ban by which a network is banned already. */
export interface Cover {
  /** The network that it is of, which is the other or holds it. */
  readonly cidr: string;
  /** `shield`, the person who confirmed its proposal, or `people` for an entry of the blacklist that is theirs. */
  readonly by: string;
  /** The shield's record of it; `null` where people made the entry. */
  readonly ban: string | null;
}

/**
 * The narrowest entry in force of the blacklist that is a network, or holds it; `null` where there is none. `endedBan`
 * tells of records whose ban has ended before its time: of these, only a leftover is there, which bans nobody for long.
 */
export function coverOf(
  blacklist: ReadonlyMap<string, AddressRule>,
  { ip, prefix }: Cidr,
  endedBan: (id: string) => boolean,
  now: number,
): Cover | null {
  for (let bits = prefix; bits >= 0; bits--) {
    const cidr = networkText(ip, bits);
    const held = blacklist.get(cidr);
    if (held === undefined || !isInForce(held, now)) continue;
    if (held.ban === undefined) return { cidr, by: "people", ban: null };
    if (!endedBan(held.ban)) return { cidr, by: "shield", ban: held.ban };
  }
  return null;
}
