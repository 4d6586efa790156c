import { type Cidr, parseCidr } from "../../base/ip.ts";

/** The network of one client (a v4 address, or a v6 /64), or `null` where it is no client. */
export function networkOf(client: string): Cidr | null {
  const cidr = parseCidr(client);
  if (!cidr.ok) return null;
  const { ip, prefix } = cidr.value;
  return prefix === (ip.family === 4 ? 32 : 64) ? cidr.value : null;
}
