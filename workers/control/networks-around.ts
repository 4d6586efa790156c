import { type Cidr, isWithin, networkText, parseCidr } from "../../src/base/ip.ts";
import { type AddressRule, isInForce } from "../../src/table/address-rule.ts";

type Rules = ReadonlyMap<string, AddressRule>;

/** Networks that are named where many lie in one. */
export const MAX_COVERED_NAMED = 20;

/** Entries in force that are wider than a network and hold it, the widest first. */
export function coveringOf(rules: Rules, { ip, prefix }: Cidr, now: number): string[] {
  const wider = Array.from({ length: prefix }, (_, bits) => networkText(ip, bits));
  return wider.filter((cidr) => isHeld(rules, cidr, now));
}

/** Entries in force that lie in a network, without the network itself: how many, and the first of them. */
export function coveredWithin(
  rules: Rules,
  outer: Cidr,
  now: number,
): { readonly count: number; readonly first: string[] } {
  const first: string[] = [];
  let count = 0;
  // A single address holds nothing; for anything else each entry has to be looked at.
  if (outer.prefix === (outer.ip.family === 4 ? 32 : 128)) return { count, first };
  for (const [cidr, rule] of rules) {
    if (!isInForce(rule, now)) continue;
    const inner = parseCidr(cidr);
    if (!inner.ok || inner.value.prefix <= outer.prefix || !isWithin(inner.value, outer)) continue;
    count += 1;
    if (first.length < MAX_COVERED_NAMED) first.push(cidr);
  }
  return { count, first };
}

/** What of a list holds a network that is not on it, and lies in it, as the end of a sentence; empty where nothing does. */
export function aroundInWords(rules: Rules, cidr: Cidr, now: number): string {
  const by = coveringOf(rules, cidr, now).at(-1);
  const { count, first } = coveredWithin(rules, cidr, now);
  const more = count === 1 ? "" : ` and ${count - 1} more`;
  const holder = by === undefined ? "" : `, but ${by}, which holds it, is`;
  return count === 0 ? holder : `${holder}; in it are ${first[0]}${more}`;
}

/** The narrowest entry in force that is the network, or holds it; `null` where none does. */
export function holderOf(rules: Rules, cidr: Cidr, now: number): string | null {
  return isHeld(rules, cidr.text, now) ? cidr.text : (coveringOf(rules, cidr, now).at(-1) ?? null);
}

function isHeld(rules: Rules, cidr: string, now: number): boolean {
  const rule = rules.get(cidr);
  return rule !== undefined && isInForce(rule, now);
}
