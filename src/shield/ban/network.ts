import { type Cidr, type Ip, parseCidr } from "../../base/ip.ts";

/** The prefix of one client: a v4 address, or a v6 /64. */
export const clientPrefix = ({ family }: Ip): number => (family === 4 ? 32 : 64);

/** The network of one client, or `null` where it is no client. */
export function networkOf(client: string): Cidr | null {
  const cidr = parseCidr(client);
  return cidr.ok && cidr.value.prefix === clientPrefix(cidr.value.ip) ? cidr.value : null;
}
