import { writeClientSubnet } from "./client-subnet.ts";
import { CLIENT_SUBNET, CO_BIT, COOKIE, DO_BIT, type Edns, MIN_PAYLOAD_BYTES, type ResponseEdns } from "./edns.ts";
import { ROOT } from "./name.ts";
import type { Asked, QueryHead } from "./query.ts";
import { COMPRESSED, FORMATS } from "./rdata/format.ts";
import type { Rdata } from "./record-set.ts";
import { CLASS_IN, OPT, type RecordType } from "./record-type.ts";
import type { Response, Rrset } from "./response.ts";
import { HEADER_BYTES, WireReader } from "./wire/reader.ts";
import { WireWriter } from "./wire/writer.ts";

/** What goes through the Internet in one piece (DNS flag day 2020): UDP responses are never larger. */
export const MAX_UDP_BYTES = 1232;
export const MAX_MESSAGE_BYTES = 65_535;

/** Bytes that a response to a query may have over UDP. */
export const udpLimit = (edns: Edns | null): number => Math.min(edns?.payloadBytes ?? MIN_PAYLOAD_BYTES, MAX_UDP_BYTES);

/**
 * The bytes of a response, at most `maxBytes` (512 or more). One that is larger has nothing but the question, with the
 * bit that sends the client to TCP: resolvers must not use half of an answer (RFC 2181, section 9).
 */
export function encodeResponse(response: Response, { maxBytes }: { readonly maxBytes: number }): Uint8Array {
  const writer = new WireWriter(maxBytes);
  write(writer, response, false);
  if (!writer.isTooShort) return writer.finish();
  const short = new WireWriter(maxBytes);
  write(short, { ...response, answer: [], authority: [], additional: [] }, true);
  return short.finish();
}

function write(writer: WireWriter, response: Response, isTruncated: boolean): void {
  const { head, question, rcode, authoritative, answer, authority, additional, edns } = response;
  writer.u16(head.id);
  writer.u16(flagsOf(head, authoritative, isTruncated) | (rcode & 0xf));
  writer.u16(question === null ? 0 : 1);
  for (const section of [answer, authority]) writer.u16(countOf(section));
  writer.u16(countOf(additional) + (edns === null ? 0 : 1));
  if (question !== null) {
    writer.remember(question.name, HEADER_BYTES);
    writer.put(question.asked);
    writer.u16(question.type);
    writer.u16(question.class);
  }
  for (const section of [answer, authority, additional]) for (const set of section) writeSet(writer, set);
  if (edns !== null) writeEdns(writer, edns, rcode);
}

/** RA is never set: nothing here recurses. AD and Z are zero. */
function flagsOf(head: QueryHead, authoritative: boolean, isTruncated: boolean): number {
  return (
    0x8000 |
    (head.opcode << 11) |
    (authoritative ? 0x400 : 0) |
    (isTruncated ? 0x200 : 0) |
    (head.recursionDesired ? 0x100 : 0) |
    (head.checkingDisabled ? 0x10 : 0)
  );
}

const countOf = (section: readonly Rrset[]): number => section.reduce((sum, { values }) => sum + values.length, 0);

function writeSet(writer: WireWriter, { name, type, ttl, values }: Rrset): void {
  for (const value of values) {
    writer.name(name);
    writer.u16(type);
    writer.u16(CLASS_IN);
    writer.u32(ttl);
    const lengthAt = writer.length;
    writer.u16(0);
    writeRdata(writer, type, value);
    writer.u16At(lengthAt, writer.length - lengthAt - 2);
  }
}

function writeRdata(writer: WireWriter, type: RecordType, value: Rdata): void {
  if (!COMPRESSED.has(type)) {
    writer.put(value);
    return;
  }
  const reader = new WireReader(value);
  for (const field of FORMATS.get(type) ?? []) {
    if (field === "name") writer.name(reader.name());
    else writer.put(reader.take(field === "u16" ? 2 : 4));
  }
}

function writeEdns(writer: WireWriter, { dnssecOk, compactOk, subnet, cookie }: ResponseEdns, rcode: number): void {
  writer.name(ROOT);
  writer.u16(OPT);
  writer.u16(MAX_UDP_BYTES);
  // The upper bits of the response code, and version 0.
  writer.u16((rcode >>> 4) << 8);
  writer.u16((dnssecOk ? DO_BIT : 0) | (compactOk ? CO_BIT : 0));
  const options: [number, Uint8Array][] = [];
  if (subnet !== null) options.push([CLIENT_SUBNET, writeClientSubnet(subnet)]);
  if (cookie !== null) options.push([COOKIE, cookie]);
  writer.u16(options.reduce((sum, [, content]) => sum + 4 + content.length, 0));
  for (const [code, content] of options) {
    writer.u16(code);
    writer.u16(content.length);
    writer.put(content);
  }
}

/**
 * The response to a packet that is not answered: its head and what could be read of it. Where it has OPT, so has this,
 * or the client would take it that EDNS is not known here (RFC 6891, section 7).
 */
export function refusal(
  head: QueryHead,
  rcode: Response["rcode"],
  { question, edns }: Asked = { question: null, edns: null },
): Response {
  return {
    head,
    question,
    rcode,
    authoritative: false,
    answer: [],
    authority: [],
    additional: [],
    denial: null,
    edns: edns && { dnssecOk: edns.dnssecOk, compactOk: edns.compactOk, subnet: null, cookie: null },
  };
}
