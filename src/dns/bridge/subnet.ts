import { type Ip, ipOfWords, maskIp, maskWord } from "../../base/ip.ts";

/** The part of a client's address that may be told (RFC 7871). */
export interface Subnet {
  readonly ip: Ip;
  /** SOURCE PREFIX-LENGTH; 0 when the client wants nothing told. */
  readonly prefix: number;
}

/** What RFC 7871, section 11.1, has a server tell of its clients. */
const PREFIX_V4 = 24;
const PREFIX_V6 = 56;
const WIDEST = { 4: 32, 6: 128 } as const;
const FAMILY = { 4: 1, 6: 2 } as const;
/** Of the option: family, source and scope. */
const HEAD_BYTES = 4;

export function subnetOf(ip: Ip): Subnet {
  const prefix = ip.family === 4 ? PREFIX_V4 : PREFIX_V6;
  return { ip: maskIp(ip, prefix), prefix };
}

/**
 * The subnet in a client's option; `null` where it is malformed: a scope, more or fewer bytes of address than the prefix
 * asks for, or bits after it (section 6). Family 0 is what some send with a prefix of 0.
 */
export function readSubnet(value: Uint8Array): Subnet | null {
  const [high = 0, low = 0, prefix = 0, scope = 0] = value;
  const family = (high << 8) | low;
  const isV4 = family === FAMILY[4] || (family === 0 && prefix === 0);
  if (value.length < HEAD_BYTES || scope !== 0 || !(isV4 || family === FAMILY[6])) return null;
  if (prefix > WIDEST[isV4 ? 4 : 6] || value.length !== HEAD_BYTES + Math.ceil(prefix / 8)) return null;
  const ip = ipOfWords(Array.from({ length: isV4 ? 1 : 4 }, (_, i) => wordAt(value, HEAD_BYTES + 4 * i)));
  return hasBitsAfter(ip, prefix) ? null : { ip, prefix };
}

/** The SCOPE PREFIX-LENGTH of an answer's option. */
export const readScope = (value: Uint8Array): number => value[3] ?? 0;

/** The option's value, in a query with a scope of 0. */
export function writeSubnet({ ip, prefix }: Subnet, scope: number): Uint8Array {
  const value = new Uint8Array(HEAD_BYTES + Math.ceil(prefix / 8));
  value[1] = FAMILY[ip.family];
  value[2] = prefix;
  value[3] = scope;
  const words = wordsOf(ip);
  for (let i = HEAD_BYTES; i < value.length; i++) {
    const byte = i - HEAD_BYTES;
    value[i] = (words[byte >> 2] ?? 0) >>> (24 - 8 * (byte & 3));
  }
  return value;
}

/** A text that two addresses share just when they are of one network of this length. */
export function networkKey(ip: Ip, prefix: number): string {
  if (ip.family === 4) return `${prefix}:${(ip.word & maskWord(prefix)) >>> 0}`;
  const [a, b, c, d] = ip.words;
  const masked = (word: number, i: number) => (word & maskWord(prefix - 32 * i)) >>> 0;
  return `${prefix}:${masked(a, 0)}:${masked(b, 1)}:${masked(c, 2)}:${masked(d, 3)}`;
}

/** This machine's own addresses, which nobody outside can send from (RFC 1122, section 3.2.1.3). */
export function isLoopback(ip: Ip): boolean {
  return ip.family === 4 ? ip.word >>> 24 === 127 : ip.words.join() === "0,0,0,1";
}

const hasBitsAfter = (ip: Ip, prefix: number) =>
  wordsOf(ip).some((word, i) => (word & ~maskWord(prefix - 32 * i)) >>> 0 !== 0);

const wordsOf = (ip: Ip): readonly number[] => (ip.family === 4 ? [ip.word] : ip.words);

const wordAt = (bytes: Uint8Array, at: number) =>
  (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0;
