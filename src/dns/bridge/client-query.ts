import { err, ok, type Result } from "../../base/result.ts";
import { CLIENT_SUBNET, COOKIE, optionsBytes, readOptions, writeOptions } from "./edns-option.ts";
import { CD, HEADER_BYTES, mapMessage, OPT, QR, RD, type RecordSpan, read16, write16 } from "./message-map.ts";
import { readSubnet, type Subnet, writeSubnet } from "./subnet.ts";

/** What a client asks, as far as a bridge must know. */
export interface ClientQuery {
  readonly id: number;
  /** RD and CD, which an answer repeats. */
  readonly flags: number;
  /** As it was sent, since an answer repeats its letters' case; empty where a client asks for a cookie alone. */
  readonly question: Uint8Array;
  /** The same for all who ask the same, whatever the case. */
  readonly key: string;
  readonly edns: Edns | null;
}

export interface Edns {
  readonly version: number;
  /** Bytes of UDP that the client takes. */
  readonly payloadBytes: number;
  readonly dnssecOk: boolean;
  readonly subnet: Subnet | null;
  /** 8 bytes of the client's, and 8 to 32 of ours where it has some (RFC 7873). */
  readonly cookie: Uint8Array | null;
}

/** `silent`: no answer, since one could go in circles. */
export type Unreadable =
  | { readonly kind: "silent" }
  | { readonly kind: "refused"; readonly id: number; readonly flags: number; readonly rcode: number };

/** What is no query answers nothing but this; all else goes to the Worker, which alone knows what is right. */
const FORMERR = 1;
const NOTIMP = 4;
const DO = 0x8000;
const CLIENT_COOKIE_BYTES = 8;
const MIN_SERVER_COOKIE_BYTES = 8;
const MAX_COOKIE_BYTES = 40;

export function readClientQuery(bytes: Uint8Array): Result<ClientQuery, Unreadable> {
  if (bytes.length < HEADER_BYTES) return err({ kind: "silent" });
  const id = read16(bytes, 0);
  const flags = read16(bytes, 2);
  if ((flags & QR) !== 0) return err({ kind: "silent" });
  const refuse = (rcode: number) => err({ kind: "refused" as const, id, flags: flags & (RD | CD | OPCODE), rcode });
  if ((flags & OPCODE) !== 0) return refuse(NOTIMP);
  const map = mapMessage(bytes);
  if (map === null) return refuse(FORMERR);
  const spans = map.records.filter(({ type }) => type === OPT);
  const [span] = spans;
  const edns = span === undefined ? null : readEdns(bytes, span);
  if (spans.length > 1 || (span !== undefined && edns === null)) return refuse(FORMERR);
  const question = bytes.slice(HEADER_BYTES, map.question.end);
  if (question.length === 0 && (edns?.cookie ?? null) === null) return refuse(FORMERR);
  const key = `${edns?.dnssecOk ? "D" : "-"}${foldCase(question, map.question.nameEnd - HEADER_BYTES)}`;
  return ok({ id, flags: flags & (RD | CD), question, key, edns });
}

/** Bits of the header's flags. */
const OPCODE = 0x7800;

function readEdns(bytes: Uint8Array, span: RecordSpan): Edns | null {
  const isRoot = bytes[span.start] === 0;
  const options = readOptions(bytes.subarray(span.dataStart, span.end));
  if (!isRoot || options === null) return null;
  const subnetOption = options.find(({ code }) => code === CLIENT_SUBNET);
  const subnet = subnetOption === undefined ? null : readSubnet(subnetOption.value);
  const cookie = options.find(({ code }) => code === COOKIE)?.value.slice() ?? null;
  if (subnetOption !== undefined && subnet === null) return null;
  if (cookie !== null && !isCookie(cookie)) return null;
  const dnssecOk = (read16(bytes, span.ttlAt + 2) & DO) !== 0;
  return { version: bytes[span.ttlAt + 1] ?? 0, payloadBytes: span.class, dnssecOk, subnet, cookie };
}

function isCookie({ length }: Uint8Array): boolean {
  if (length === CLIENT_COOKIE_BYTES) return true;
  return length >= CLIENT_COOKIE_BYTES + MIN_SERVER_COOKIE_BYTES && length <= MAX_COOKIE_BYTES;
}

/** The bytes of a question as text, its name in lower case. A length of a label is never a capital: those begin at 65. */
function foldCase(question: Uint8Array, nameEnd: number): string {
  let text = "";
  for (let i = 0; i < question.length; i++) text += String.fromCharCode(foldedAt(question, i, nameEnd));
  return text;
}

function foldedAt(question: Uint8Array, i: number, nameEnd: number): number {
  const byte = question[i] ?? 0;
  return i < nameEnd && byte >= 65 && byte <= 90 ? byte + 32 : byte;
}

/**
 * The query as it goes to the Worker: id 0, since RFC 8484 (section 4.1) wants it so, the name in lower case, with the
 * subnet, and without what is between the client and this bridge alone. Over HTTPS nothing has to be cut short.
 */
export function writeUpstreamQuery({ question, edns }: ClientQuery, subnet: Subnet): Uint8Array {
  const options = [{ code: CLIENT_SUBNET, value: writeSubnet(subnet, 0) }];
  const optAt = HEADER_BYTES + question.length;
  const dataBytes = optionsBytes(options);
  const bytes = new Uint8Array(optAt + OPT_HEAD_BYTES + dataBytes);
  write16(bytes, 4, 1);
  write16(bytes, 10, 1);
  const nameEnd = question.length - 4;
  for (let i = 0; i < question.length; i++) bytes[HEADER_BYTES + i] = foldedAt(question, i, nameEnd);
  write16(bytes, optAt + 1, OPT);
  write16(bytes, optAt + 3, MAX_MESSAGE_BYTES);
  bytes[optAt + 6] = edns?.version ?? 0;
  write16(bytes, optAt + 7, edns?.dnssecOk ? DO : 0);
  write16(bytes, optAt + 9, dataBytes);
  writeOptions(bytes, optAt + OPT_HEAD_BYTES, options);
  return bytes;
}

export const MAX_MESSAGE_BYTES = 65_535;
/** Of an OPT record before its options: the root's name, type, class, TTL and length. */
export const OPT_HEAD_BYTES = 11;
