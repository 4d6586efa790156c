import ipaddr from "ipaddr.js";
import { err, ok, type Result } from "./result.ts";

/** An IP address. v4-mapped v6 (RFC 4291, section 2.5.5.2) is folded into v4. Words are unsigned 32-bit. */
export type Ip =
  | { readonly family: 4; readonly text: string; readonly word: number }
  | { readonly family: 6; readonly text: string; readonly words: Words };
export type Words = readonly [number, number, number, number];

/** A network in canonical form: no host bits, v4-mapped folded. */
export interface Cidr {
  readonly ip: Ip;
  readonly prefix: number;
  /** `203.0.113.0/24`, `2001:db8::/32` (RFC 5952). */
  readonly text: string;
}

/** Parses a dotted-decimal v4 or any v6 text; `undefined` for anything else (zone ids, octal, short forms). */
export function parseIp(text: string): Ip | undefined {
  const word = parseV4(text);
  if (word !== null) return { family: 4, text, word };
  const hexadecimal = withoutDottedTail(text);
  if (hexadecimal === null || text.includes("%") || !ipaddr.IPv6.isValid(hexadecimal)) return undefined;
  const address = ipaddr.IPv6.parse(hexadecimal);
  if (address.isIPv4MappedAddress()) return v4(address.toIPv4Address().toByteArray());
  return v6(address.parts);
}

/** Parses `address/prefix`, or an address alone as a network of one. The error says what is wrong. */
export function parseCidr(text: string): Result<Cidr, string> {
  const slash = text.indexOf("/");
  const address = slash < 0 ? text : text.slice(0, slash);
  const ip = parseIp(address);
  if (!ip) return err(`not an IP address: ${address.slice(0, 60)}`);
  const widest = ip.family === 4 ? 32 : 128;
  if (slash < 0) return ok({ ip, prefix: widest, text: `${ip.text}/${widest}` });
  const digits = text.slice(slash + 1);
  // A v4-mapped network is written with the v6 prefix length; its first 96 bits are the mapping.
  const mapped = ip.family === 4 && address.includes(":") ? 96 : 0;
  const prefix = /^\d{1,3}$/.test(digits) ? Number(digits) - mapped : Number.NaN;
  if (!(prefix >= 0 && prefix <= widest)) return err(`prefix length must be ${mapped} to ${widest + mapped}`);
  if (hasHostBits(ip, prefix)) return err(`host bits are set; the network is ${networkText(ip, prefix)}`);
  return ok({ ip, prefix, text: `${ip.text}/${prefix}` });
}

/**
 * The identity of a client for limits, stickiness and bans: the v4 address, or the v6 /64, since a v6
 * subscriber is given at least a /64 (RFC 6177).
 */
export function clientKey(ip: Ip): string {
  return ip.family === 4 ? ip.text : networkText(ip, 64);
}

/** Parses as `parseCidr`, for lists of clients: a v6 address alone is its /64, and one address only where /128 is written. */
export function parseClients(text: string): Result<Cidr, string> {
  const cidr = parseCidr(text);
  if (!cidr.ok || text.includes("/") || cidr.value.ip.family === 4) return cidr;
  const ip = maskIp(cidr.value.ip, 64);
  return ok({ ip, prefix: 64, text: `${ip.text}/64` });
}

/** The address of one word (v4) or of four (v6). */
export function ipOfWords(words: Iterable<number>): Ip {
  const [first = 0, ...rest] = words;
  return rest.length === 0 ? v4Word(first) : v6([first, ...rest].flatMap((word) => [word >>> 16, word & 0xffff]));
}

/** The address with all bits after the first `prefix` cleared. */
export function maskIp(ip: Ip, prefix: number): Ip {
  if (ip.family === 4) return v4Word((ip.word & maskWord(prefix)) >>> 0);
  return ipOfWords(ip.words.map((word, i) => (word & maskWord(prefix - 32 * i)) >>> 0));
}

/** Whether the network holds the address; never across families. */
export function holds({ ip: network, prefix }: Cidr, ip: Ip): boolean {
  if (ip.family === 4) return network.family === 4 && ((network.word ^ ip.word) & maskWord(prefix)) === 0;
  if (network.family === 4) return false;
  for (let i = 0; i < 4; i++) {
    const difference = (network.words[i] as number) ^ (ip.words[i] as number);
    if ((difference & maskWord(prefix - 32 * i)) !== 0) return false;
  }
  return true;
}

/** The network of this many bits around an address, as CIDR text. */
export const networkText = (ip: Ip, prefix: number): string => `${maskIp(ip, prefix).text}/${prefix}`;

/** Whether one network lies in another, or is it. */
export const isWithin = ({ ip, prefix }: Cidr, outer: Cidr): boolean => prefix >= outer.prefix && holds(outer, ip);

/** What a client's neighbours are in, the /24 of a v4 address or the /48 of a v6 one: it tells whom a rule concerns, and names no person. */
export const neighbourhoodOf = (client: Ip): string => networkText(client, client.family === 4 ? 24 : 48);

function hasHostBits(ip: Ip, prefix: number): boolean {
  if (ip.family === 4) return (ip.word & ~maskWord(prefix)) !== 0;
  return ip.words.some((word, i) => (word & ~maskWord(prefix - 32 * i)) !== 0);
}

/** A 32-bit mask of the first `bits` bits; fewer than 0 count as 0, more than 32 as 32. */
export function maskWord(bits: number): number {
  return bits <= 0 ? 0 : bits >= 32 ? 0xffffffff : (0xffffffff << (32 - bits)) >>> 0;
}

/** Four decimal numbers without leading zeros, so that the text is canonical; every request is read by this. */
function parseV4(text: string): number | null {
  let word = 0;
  let byte = -1;
  let dots = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit >= 0 && digit <= 9) {
      if (byte === 0) return null;
      byte = byte < 0 ? digit : byte * 10 + digit;
      if (byte > 255) return null;
    } else if (text[i] === "." && byte >= 0 && dots < 3) {
      word = word * 256 + byte;
      byte = -1;
      dots += 1;
    } else return null;
  }
  return dots === 3 && byte >= 0 ? word * 256 + byte : null;
}

/**
 * `64:ff9b::203.0.113.9` as `64:ff9b::cb00:7109`: ipaddr.js takes octal in a dotted tail for decimal, and `::1.2.3.4`
 * for v4-mapped. `null` where the tail is no v4 address.
 */
function withoutDottedTail(text: string): string | null {
  if (!text.includes(".")) return text;
  const tailStart = text.lastIndexOf(":") + 1;
  const word = parseV4(text.slice(tailStart));
  return word === null
    ? null
    : `${text.slice(0, tailStart)}${(word >>> 16).toString(16)}:${(word & 0xffff).toString(16)}`;
}

function v4(bytes: readonly number[]): Ip {
  const [a = 0, b = 0, c = 0, d = 0] = bytes;
  return { family: 4, text: `${a}.${b}.${c}.${d}`, word: ((a << 24) | (b << 16) | (c << 8) | d) >>> 0 };
}

function v4Word(word: number): Ip {
  return v4([word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255]);
}

function v6(parts: readonly number[]): Ip {
  const at = (i: number) => (((parts[i] ?? 0) << 16) | (parts[i + 1] ?? 0)) >>> 0;
  const text = new ipaddr.IPv6([...parts]).toRFC5952String();
  return { family: 6, text, words: [at(0), at(2), at(4), at(6)] };
}
