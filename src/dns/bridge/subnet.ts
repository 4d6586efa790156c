import { type Ip, maskIp } from "../../base/ip.ts";
import type { ClientSubnet } from "../client-subnet.ts";

/** What RFC 7871, section 11.1, has a server tell of its clients. */
const PREFIX_V4 = 24;
const PREFIX_V6 = 56;

/** The network that an address is of, as far as others may know. */
export function subnetOf(ip: Ip): ClientSubnet {
  const isV4 = ip.family === 4;
  const sourcePrefix = isV4 ? PREFIX_V4 : PREFIX_V6;
  const masked = maskIp(ip, sourcePrefix);
  const words = masked.family === 4 ? [masked.word] : masked.words;
  const address = Uint8Array.from({ length: sourcePrefix / 8 }, (_, i) => (words[i >> 2] ?? 0) >>> (24 - 8 * (i & 3)));
  return { family: isV4 ? 1 : 2, sourcePrefix, scopePrefix: 0, address };
}

/** A text that two subnets share just when they are of one network of this length. It may not be longer than theirs. */
export function networkKey({ family, address }: ClientSubnet, prefix: number): string {
  let text = `${family}/${prefix}`;
  for (let bits = prefix, i = 0; bits > 0; bits -= 8, i++) {
    const mask = bits >= 8 ? 0xff : 0xff00 >>> bits;
    text += `.${(address[i] ?? 0) & mask}`;
  }
  return text;
}

/** This machine's own addresses, which nobody outside can send from (RFC 1122, section 3.2.1.3). */
export const isLoopback = (ip: Ip): boolean =>
  ip.family === 4 ? ip.word >>> 24 === 127 : ip.words.join() === "0,0,0,1";
