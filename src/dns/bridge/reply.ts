import type { Answer } from "./answer.ts";
import { type ClientQuery, OPT_HEAD_BYTES } from "./client-query.ts";
import { CLIENT_SUBNET, COOKIE, type EdnsOption, optionsBytes, writeOptions } from "./edns-option.ts";
import { HEADER_BYTES, OPT, QR, type RecordSpan, read32, TC, write16, write32 } from "./message-map.ts";
import { writeSubnet } from "./subnet.ts";

/** The most that is sent over UDP: it passes everywhere in one piece (RFC 9715, section 3.2). */
export const MAX_UDP_BYTES = 1232;
/** What a client takes that does not say (RFC 1035, section 4.2.1); those who say less mean this (RFC 6891). */
const MIN_UDP_BYTES = 512;
const DO = 0x8000;
const AA = 0x0400;

/** Bytes of an answer that a client takes over UDP. */
export function udpBytes({ edns }: ClientQuery): number {
  return Math.min(MAX_UDP_BYTES, Math.max(MIN_UDP_BYTES, edns?.payloadBytes ?? MIN_UDP_BYTES));
}

export interface ReplyTerms {
  readonly maxBytes: number;
  /** How long ago the Worker said so; what is stale has a TTL of its own. */
  readonly age: { readonly seconds: number } | { readonly ttlSeconds: number };
  /** The whole value of the option, for a client that sent one. */
  readonly cookie: Uint8Array | null;
}

/** The answer as this client gets it. */
export function writeReply(query: ClientQuery, answer: Answer, { maxBytes, age, cookie }: ReplyTerms): Uint8Array {
  const options = replyOptions(query, answer, cookie);
  const optBytes = query.edns === null ? 0 : OPT_HEAD_BYTES + optionsBytes(options);
  const fitting = fitInto(answer, maxBytes - optBytes);
  const bytes = new Uint8Array(fitting.end + optBytes);
  bytes.set(answer.bytes.subarray(0, fitting.end));
  write16(bytes, 0, query.id);
  write16(bytes, 2, (answer.map.flags & ~ECHOED) | query.flags | (fitting.isCut ? TC : 0));
  if (fitting.isCut) bytes.fill(0, 6, HEADER_BYTES);
  write16(bytes, 10, fitting.additionals + (query.edns === null ? 0 : 1));
  bytes.set(query.question, HEADER_BYTES);
  for (const record of answer.map.records) if (record.end <= fitting.end) countDown(bytes, record, age);
  if (query.edns !== null) writeOpt(bytes, fitting.end, answer.rcode >>> 4, query.edns.dnssecOk, options);
  return bytes;
}

/** RD and CD: they are the client's. */
const ECHOED = 0x0110;

/** An answer of this bridge's own, without records: that nothing can be said, or that it must be asked over TCP. */
export function writeBare(query: ClientQuery, rcode: number, cookie: Uint8Array | null, isCut = false): Uint8Array {
  const options = query.edns === null || cookie === null ? [] : [{ code: COOKIE, value: cookie }];
  const optAt = HEADER_BYTES + query.question.length;
  const bytes = new Uint8Array(optAt + (query.edns === null ? 0 : OPT_HEAD_BYTES + optionsBytes(options)));
  write16(bytes, 0, query.id);
  write16(bytes, 2, QR | query.flags | (isCut ? TC : 0) | rcode);
  write16(bytes, 4, query.question.length === 0 ? 0 : 1);
  bytes.set(query.question, HEADER_BYTES);
  if (query.edns === null) return bytes;
  write16(bytes, 10, 1);
  writeOpt(bytes, optAt, 0, query.edns.dnssecOk, options);
  return bytes;
}

/** A header alone, to what could not be read. */
export function writeRefusal(id: number, flags: number, rcode: number): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  write16(bytes, 0, id);
  write16(bytes, 2, QR | flags | rcode);
  return bytes;
}

function replyOptions({ edns }: ClientQuery, answer: Answer, cookie: Uint8Array | null): readonly EdnsOption[] {
  if (edns === null) return [];
  const { subnet } = edns;
  return [
    ...answer.options,
    // Who has not told a subnet is told of none (RFC 7871, section 7.2.2), and who opted out gets a scope of 0.
    ...(subnet === null
      ? []
      : [{ code: CLIENT_SUBNET, value: writeSubnet(subnet, subnet.prefix === 0 ? 0 : answer.scope) }]),
    ...(cookie === null ? [] : [{ code: COOKIE, value: cookie }]),
  ];
}

interface Fitting {
  /** Of the answer's bytes that are sent. */
  readonly end: number;
  readonly additionals: number;
  readonly isCut: boolean;
}

/**
 * What goes into so many bytes. What only helps may be left out in silence (RFC 2181, section 9), but not the addresses
 * of a referral (RFC 9471); where anything else does not fit, nothing is sent, since who asks again asks for all.
 */
function fitInto({ bytes, map }: Answer, maxBytes: number): Fitting {
  const needed = map.answers + map.authorities;
  if (bytes.length <= maxBytes) {
    return { end: bytes.length, additionals: map.records.length - needed, isCut: false };
  }
  const isReferral = map.answers === 0 && map.authorities > 0 && (map.flags & AA) === 0;
  const neededEnd = map.records[needed - 1]?.end ?? map.question.end;
  if (!isReferral && neededEnd <= maxBytes) return { end: neededEnd, additionals: 0, isCut: false };
  return { end: map.question.end, additionals: 0, isCut: true };
}

function countDown(bytes: Uint8Array, { ttlAt }: RecordSpan, age: ReplyTerms["age"]): void {
  const ttl = "ttlSeconds" in age ? age.ttlSeconds : Math.max(0, read32(bytes, ttlAt) - age.seconds);
  write32(bytes, ttlAt, ttl);
}

function writeOpt(
  bytes: Uint8Array,
  at: number,
  extendedRcode: number,
  dnssecOk: boolean,
  options: readonly EdnsOption[],
): void {
  write16(bytes, at + 1, OPT);
  write16(bytes, at + 3, MAX_UDP_BYTES);
  bytes[at + 5] = extendedRcode;
  write16(bytes, at + 7, dnssecOk ? DO : 0);
  write16(bytes, at + 9, optionsBytes(options));
  writeOptions(bytes, at + OPT_HEAD_BYTES, options);
}
