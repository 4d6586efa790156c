import { err, ok, type Result } from "../base/result.ts";
import { type Edns, PLAIN_EDNS, readEdns } from "./edns.ts";
import { wireLength } from "./name.ts";
import type { Asked, Query, QueryHead, Question, Unanswerable } from "./query.ts";
import { FORMERR, NOTIMP } from "./rcode.ts";
import { OPT } from "./record-type.ts";
import { HEADER_BYTES, WireReader } from "./wire/reader.ts";

const QUERY_OPCODE = 0;

/**
 * Reads a packet that asks something. It looks at the question and at OPT; other records are passed over, but must be
 * whole. Never throws, and takes no more steps than the packet has bytes, whatever it is given.
 */
export function decodeQuery(bytes: Uint8Array): Result<Query, Unanswerable> {
  return readQuery(new WireReader(bytes));
}

/** The same from a reader, whose steps tell what it has cost. */
export function readQuery(reader: WireReader): Result<Query, Unanswerable> {
  if (reader.left < HEADER_BYTES) return err({ kind: "dropped", reason: "too short for a header" });
  const id = reader.u16();
  const flags = reader.u16();
  if ((flags & 0x8000) !== 0) return err({ kind: "dropped", reason: "a response" });
  const head: QueryHead = {
    id,
    opcode: (flags >>> 11) & 0xf,
    recursionDesired: (flags & 0x100) !== 0,
    checkingDisabled: (flags & 0x10) !== 0,
  };
  if (head.opcode !== QUERY_OPCODE) {
    const reason = `opcode ${head.opcode}`;
    return err({ kind: "refused", head, question: null, edns: null, rcode: NOTIMP, reason });
  }
  const { question, edns, fault } = readAsked(reader);
  if (question !== null && fault === null) return ok({ head, question, edns });
  return err({ kind: "refused", head, question, edns, rcode: FORMERR, reason: fault ?? "no question" });
}

/** What could be read before something was wrong, and what that is. */
function readAsked(reader: WireReader): Asked & { readonly fault: string | null } {
  const [questions, answers, authorities, additionals] = [reader.u16(), reader.u16(), reader.u16(), reader.u16()];
  // RFC 9619. None at all would ask for a cookie only (RFC 7873, section 5.4), which queries bring as well.
  if (questions !== 1) return { question: null, edns: null, fault: `${questions} questions` };
  const question = readQuestion(reader);
  if (question === null) return { question, edns: null, fault: reader.fault ?? "a compressed name in the question" };
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
    if (edns !== null) return { question, edns, fault: "two OPT records" };
    if (reader.bytes[start] !== 0) return { question, edns: PLAIN_EDNS, fault: "OPT with a name" };
    const read = readEdns(reader);
    if (!read.ok) return { question, edns: PLAIN_EDNS, fault: read.error };
    edns = read.value;
  }
  const rest = reader.left > 0 ? `${reader.left} bytes past the end` : null;
  return { question, edns, fault: reader.fault ?? rest };
}

function readQuestion(reader: WireReader): Question | null {
  const start = reader.at;
  const name = reader.name();
  const asked = reader.bytes.slice(start, reader.at);
  const question = { name, asked, type: reader.u16(), class: reader.u16() };
  // Nothing stands before it that it could point to.
  return reader.fault !== null || asked.length !== wireLength(name) ? null : question;
}

function skipRecord(reader: WireReader): void {
  reader.skipName();
  // Type, class and TTL.
  reader.take(8);
  reader.take(reader.u16());
}
