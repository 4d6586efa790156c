import { writeClientSubnet } from "../client-subnet.ts";
import { CLIENT_SUBNET, CO_BIT, COOKIE, DO_BIT } from "../edns.ts";
import { MAX_UDP_BYTES } from "../encode-response.ts";
import type { Query } from "../query.ts";
import { OPT } from "../record-type.ts";
import type { Answer, EdnsOption } from "./answer.ts";

export interface ReplyTerms {
  readonly maxBytes: number;
  /** How long ago the Worker said so; what is stale has a TTL of its own. */
  readonly age: { readonly seconds: number } | { readonly ttlSeconds: number };
  /** The whole value of the option, for a client that sent one. */
  readonly cookie: Uint8Array | null;
}

const HEADER_BYTES = 12;
/** Of an OPT record before its options: the root's name, type, class, TTL and length. */
const OPT_BYTES = 11;
const QR = 0x8000;
const AA = 0x0400;
const TC = 0x0200;
const RD = 0x0100;
const CD = 0x0010;

/** The answer as this client gets it. */
export function writeReply(query: Query, answer: Answer, { maxBytes, age, cookie }: ReplyTerms): Uint8Array {
  const options = replyOptions(query, answer, cookie);
  const { end, additionals, isCut } = fitInto(answer, maxBytes - optBytes(query, options));
  const bytes = new Uint8Array(end + optBytes(query, options));
  bytes.set(answer.bytes.subarray(0, end));
  bytes.set(query.question.asked, HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  writeHead(view, query, (answer.flags & ~(RD | CD)) | (isCut ? TC : 0));
  if (isCut) view.setUint32(6, 0);
  view.setUint16(10, additionals + (query.edns === null ? 0 : 1));
  for (const { end: recordEnd, ttlAt, ttl } of answer.records) {
    if (recordEnd > end) break;
    view.setUint32(ttlAt, "ttlSeconds" in age ? age.ttlSeconds : Math.max(0, ttl - age.seconds));
  }
  writeOpt(bytes, end, query, answer.rcode >>> 4, options);
  return bytes;
}

/** An answer of this bridge's own, without records: that nothing can be said, or that it must be asked over TCP. */
export function writeBare(query: Query, rcode: number, cookie: Uint8Array | null, isCut = false): Uint8Array {
  const { asked, type, class: of } = query.question;
  const options = query.edns === null || cookie === null ? [] : [{ code: COOKIE, value: cookie }];
  const end = HEADER_BYTES + asked.length + 4;
  const bytes = new Uint8Array(end + optBytes(query, options));
  bytes.set(asked, HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  writeHead(view, query, QR | (isCut ? TC : 0) | rcode);
  view.setUint16(4, 1);
  view.setUint16(10, query.edns === null ? 0 : 1);
  view.setUint16(end - 4, type);
  view.setUint16(end - 2, of);
  writeOpt(bytes, end, query, 0, options);
  return bytes;
}

/** The id is the client's, and so are RD and CD, which an answer repeats. */
function writeHead(view: DataView, { head }: Query, flags: number): void {
  view.setUint16(0, head.id);
  view.setUint16(2, flags | (head.recursionDesired ? RD : 0) | (head.checkingDisabled ? CD : 0));
}

function replyOptions({ edns }: Query, answer: Answer, cookie: Uint8Array | null): readonly EdnsOption[] {
  if (edns === null) return [];
  const options = [...answer.options];
  if (edns.subnet !== null) {
    // Who opted out is told that all the world gets this (RFC 7871, section 7.2.1).
    const scopePrefix = edns.subnet.sourcePrefix === 0 ? 0 : answer.scopePrefix;
    options.push({ code: CLIENT_SUBNET, value: writeClientSubnet({ ...edns.subnet, scopePrefix }) });
  }
  if (cookie !== null) options.push({ code: COOKIE, value: cookie });
  return options;
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
function fitInto({ bytes, flags, questionEnd, records, answers, authorities }: Answer, maxBytes: number): Fitting {
  const needed = answers + authorities;
  if (bytes.length <= maxBytes) return { end: bytes.length, additionals: records.length - needed, isCut: false };
  const isReferral = answers === 0 && authorities > 0 && (flags & AA) === 0;
  const neededEnd = records[needed - 1]?.end ?? questionEnd;
  if (!isReferral && neededEnd <= maxBytes) return { end: neededEnd, additionals: 0, isCut: false };
  return { end: questionEnd, additionals: 0, isCut: true };
}

const optBytes = ({ edns }: Query, options: readonly EdnsOption[]): number =>
  edns === null ? 0 : options.reduce((sum, { value }) => sum + 4 + value.length, OPT_BYTES);

/** Nothing for a client that sent none (RFC 6891, section 7). */
function writeOpt(
  bytes: Uint8Array,
  start: number,
  { edns }: Query,
  extendedRcode: number,
  options: readonly EdnsOption[],
): void {
  if (edns === null) return;
  const view = new DataView(bytes.buffer);
  view.setUint16(start + 1, OPT);
  view.setUint16(start + 3, MAX_UDP_BYTES);
  view.setUint8(start + 5, extendedRcode);
  view.setUint16(start + 7, (edns.dnssecOk ? DO_BIT : 0) | (edns.compactOk ? CO_BIT : 0));
  view.setUint16(start + 9, bytes.length - start - OPT_BYTES);
  let at = start + OPT_BYTES;
  for (const { code, value } of options) {
    view.setUint16(at, code);
    view.setUint16(at + 2, value.length);
    bytes.set(value, at + 4);
    at += 4 + value.length;
  }
}
