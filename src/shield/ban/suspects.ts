import { type Cidr, neighbourhoodOf, parseCidr } from "../../base/ip.ts";
import type { AttackReport } from "../attack.ts";
import { networkOf } from "./network.ts";

/** Requests a second, and times what it usually had, from which on a client may be one that attacks. */
export const MIN_PER_SECOND = 20;
export const MIN_TIMES_USUAL = 10;
/** What a client, or a prefix, must explain of what is too much. */
export const MIN_SHARE_OF_EXCESS = 0.1;
/** So many clients of one /24 or /48, each with as many requests as a suspect has, stand for all of it. */
export const MIN_PREFIX_CLIENTS = 5;

/** An address or a prefix that explains a part of a flood. */
export interface Suspect {
  readonly cidr: Cidr;
  readonly perSecond: number;
  readonly usualPerSecond: number;
  /** 0 to 1. */
  readonly shareOfExcess: number;
  /** 1 for an address. */
  readonly clients: number;
}

type Seen = Pick<AttackReport, "expected" | "actual" | "culprits">;

/** What is known of addresses and prefixes besides the flood. */
interface Known {
  readonly isSpared: (cidr: Cidr) => boolean;
  /** Whether a prefix holds clients that were good in the last week. */
  readonly holdsGood: (cidr: Cidr) => boolean;
  /** Whether a client is alike to the attack by a signature that was chosen. */
  readonly isAlike: (client: string) => boolean;
}

/**
 * Who may be banned for a flood: a client with 20 requests a second and ten times its usual, which explains a tenth of
 * the excess, or is one of a botnet by a signature; a prefix with five clients of such a rate, which explain a tenth
 * together. Nobody is banned for this alone: it has to last (`Suspicions`). Prefixes take the place of their clients, but
 * where they hold anybody who is spared or good, these stand for themselves.
 */
export function suspectsOf({ expected, actual, culprits }: Seen, { isSpared, holdsGood, isAlike }: Known): Suspect[] {
  const excess = actual - expected;
  if (excess <= 0) return [];
  const clients = culprits.flatMap(({ client, perSecond, usualPerSecond }): Suspect[] => {
    const cidr = networkOf(client);
    if (cidr === null || !isFarAboveUsual(perSecond, usualPerSecond)) return [];
    const shareOfExcess = Math.min(1, (perSecond - usualPerSecond) / excess);
    return [{ cidr, perSecond, usualPerSecond, shareOfExcess, clients: 1 }];
  });
  const alike = new Set(culprits.flatMap(({ client }) => (isAlike(client) ? (networkOf(client)?.text ?? []) : [])));
  const prefixes = prefixesOf(clients);
  const areWhole = new Map(prefixes.map(({ cidr }) => [cidr.text, !isSpared(cidr) && !holdsGood(cidr)]));
  const whole = prefixes.filter(({ cidr }) => areWhole.get(cidr.text));
  const alone = clients.filter(({ cidr, shareOfExcess }) => {
    const isWhole = areWhole.get(neighbourhoodOf(cidr.ip));
    const explains = isWhole === false || shareOfExcess >= MIN_SHARE_OF_EXCESS || alike.has(cidr.text);
    return !isWhole && explains && !isSpared(cidr);
  });
  return [...whole, ...alone].sort((a, b) => b.shareOfExcess - a.shareOfExcess);
}

export const isFarAboveUsual = (perSecond: number, usualPerSecond: number): boolean =>
  perSecond >= MIN_PER_SECOND && perSecond >= MIN_TIMES_USUAL * usualPerSecond;

function prefixesOf(clients: readonly Suspect[]): Suspect[] {
  const byPrefix = Map.groupBy(clients, ({ cidr }) => neighbourhoodOf(cidr.ip));
  return [...byPrefix].flatMap(([text, members]): Suspect[] => {
    const cidr = parseCidr(text);
    // Reports may name a client twice.
    const count = new Set(members.map((member) => member.cidr.text)).size;
    const shareOfExcess = Math.min(1, sum(members, "shareOfExcess"));
    if (!cidr.ok || count < MIN_PREFIX_CLIENTS || shareOfExcess < MIN_SHARE_OF_EXCESS) return [];
    const rates = { perSecond: sum(members, "perSecond"), usualPerSecond: sum(members, "usualPerSecond") };
    return [{ cidr: cidr.value, ...rates, shareOfExcess, clients: count }];
  });
}

const sum = (members: readonly Suspect[], field: "perSecond" | "usualPerSecond" | "shareOfExcess"): number =>
  members.reduce((total, member) => total + member[field], 0);
