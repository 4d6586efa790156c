import { type Cidr, maskIp, parseCidr } from "../../base/ip.ts";

/** The network of one client (a v4 address, or a v6 /64), or `null` where it is no client. */
export function networkOf(client: string): Cidr | null {
  const cidr = parseCidr(client);
  if (!cidr.ok) return null;
  const { ip, prefix } = cidr.value;
  return prefix === (ip.family === 4 ? 32 : 64) ? cidr.value : null;
}

/** What a client's neighbours are in: the /24 of a v4 address, the /48 of a v6 one. */
export const neighbourhoodOf = ({ ip }: Cidr): string => networkText(ip, ip.family === 4 ? 24 : 48);

/** The network of this many bits around an address, as an id of the table. */
export const networkText = (ip: Cidr["ip"], prefix: number): string => `${maskIp(ip, prefix).text}/${prefix}`;
