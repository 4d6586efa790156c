import { err, ok, type Result } from "../base/result.ts";
import { type Edns, readEdns } from "./edns.ts";
import { wireLength } from "./name.ts";
import type { Query, QueryHead, Unanswerable } from "./query.ts";
import { FORMERR, NOTIMP } from "./rcode.ts";
import { OPT } from "./record-type.ts";
import { WireReader } from "./wire/reader.ts";

const HEADER_BYTES = 12;
const QUERY_OPCODE = 0;

/**
 * Reads a packet that asks something. It looks at the question and at OPT; other records are passed over, but must be
 * whole. Never throws, and its work is within twice the packet's bytes, whatever it is given.
 */
export function decodeQuery(bytes: Uint8Array): Result<Query, Unanswerable> {
  if (bytes.length < HEADER_BYTES) return err({ kind: "dropped", reason: "too short for a header" });
  const reader = new WireReader(bytes);
  const id = reader.u16();
  const flags = reader.u16();
  if ((flags & 0x8000) !== 0) return err({ kind: "dropped", reason: "a response" });
  const head: QueryHead = {
    id,
    opcode: (flags >>> 11) & 0xf,
    recursionDesired: (flags & 0x100) !== 0,
    checkingDisabled: (flags & 0x10) !== 0,
  };
  const [questions, answers, authorities, additionals] = [reader.u16(), reader.u16(), reader.u16(), reader.u16()];
  if (head.opcode !== QUERY_OPCODE)
    return err({ kind: "refused", head, rcode: NOTIMP, reason: `opcode ${head.opcode}` });
  const malformed = (reason: string): Result<never, Unanswerable> =>
    err({ kind: "refused", head, rcode: FORMERR, reason });
  // RFC 9619: one question. None at all asks for a cookie only (RFC 7873, section 5.4), which queries bring as well.
  if (questions !== 1) return malformed(`${questions} questions`);

  const nameFrom = reader.at;
  const name = reader.name();
  const nameTo = reader.at;
  const question = { name, asked: bytes.slice(nameFrom, nameTo), type: reader.u16(), class: reader.u16() };
  // Nothing stands before it that it could point to.
  if (question.asked.length !== wireLength(name)) return malformed(reader.fault ?? "a compressed name in the question");
  for (let i = 0; i < answers + authorities && reader.fault === null; i++) skipRecord(reader);
  let edns: Edns | null = null;
  for (let i = 0; i < additionals && reader.fault === null; i++) {
    const start = reader.at;
    reader.skipName();
    if (reader.u16() !== OPT) {
      reader.at = start;
      skipRecord(reader);
      continue;
    }
    if (edns !== null) return malformed("two OPT records");
    if (bytes[start] !== 0) return malformed("OPT with a name");
    const read = readEdns(reader);
    if (!read.ok) return malformed(read.error);
    edns = read.value;
  }
  if (reader.fault !== null) return malformed(reader.fault);
  if (reader.left > 0) return malformed(`${reader.left} bytes past the end`);
  return ok({ head, question, edns });
}

function skipRecord(reader: WireReader): void {
  reader.skipName();
  // Type, class and TTL.
  reader.take(8);
  reader.take(reader.u16());
}
