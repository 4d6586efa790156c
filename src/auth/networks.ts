import { holds, type Ip, parseCidr } from "../base/ip.ts";

/** Whether an allowlist lets an address in. An empty one lets everybody in. */
export const isAllowedFrom = (networks: readonly string[], ip: Ip): boolean =>
  networks.length === 0 || networks.some((text) => contains(text, ip));

function contains(text: string, ip: Ip): boolean {
  const cidr = parseCidr(text);
  return cidr.ok && holds(cidr.value, ip);
}

/** What a new allowlist would do. */
export interface NetworksPlan {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Whether it would shut out the address from which it is asked for. */
  readonly locksOut: boolean;
}

export function planNetworks(before: readonly string[], after: readonly string[], from: Ip): NetworksPlan {
  return {
    added: after.filter((network) => !before.includes(network)),
    removed: before.filter((network) => !after.includes(network)),
    locksOut: !isAllowedFrom(after, from),
  };
}
