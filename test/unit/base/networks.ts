import fc from "fast-check";
import { type Cidr, type Ip, maskIp, parseCidr, parseIp } from "../../../src/base/ip.ts";

export function cidr(text: string): Cidr {
  const parsed = parseCidr(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

function ip(text: string): Ip {
  const parsed = parseIp(text);
  if (!parsed) throw new Error(`not an address: ${text}`);
  return parsed;
}

/** Few distinct groups, so that random networks nest, touch, and share their borders. */
const groups = fc.constantFrom(0, 0, 1, 0x7fff, 0x8000, 0xfffe, 0xffff);
const v6Addresses = fc
  .array(groups, { minLength: 8, maxLength: 8 })
  .map((parts) => ip(parts.map((part) => part.toString(16)).join(":")));
const bytes = fc.constantFrom(0, 0, 1, 127, 128, 254, 255);
const v4Addresses = fc.array(bytes, { minLength: 4, maxLength: 4 }).map((parts) => ip(parts.join(".")));

export const addresses = fc.oneof(v4Addresses, v6Addresses);
export const cidrs = fc.tuple(addresses, fc.integer({ min: 0, max: 128 })).map(([address, length]) => {
  const prefix = address.family === 4 ? length % 33 : length;
  return cidr(`${maskIp(address, prefix).text}/${prefix}`);
});
