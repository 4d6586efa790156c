import { err, ok, type Result } from "../base/result.ts";
import type { Name } from "./name.ts";
import { readRdata } from "./rdata/read-rdata.ts";
import type { Rdata } from "./record-set.ts";
import type { RecordType } from "./record-type.ts";
import { WireReader } from "./wire/reader.ts";

/** A record as it is in a message; of OPT, class and TTL mean something else (RFC 6891, section 6.1.2). */
export interface MessageRecord {
  readonly name: Name;
  readonly type: RecordType;
  readonly class: number;
  /** Seconds. */
  readonly ttl: number;
  readonly rdata: Rdata;
}

/** Any message, query or response, in full. */
export interface Message {
  readonly id: number;
  /** The second word of the header, with the lower bits of the response code (RFC 1035, section 4.1.1). */
  readonly flags: number;
  readonly questions: readonly Pick<MessageRecord, "name" | "type" | "class">[];
  readonly answer: readonly MessageRecord[];
  readonly authority: readonly MessageRecord[];
  readonly additional: readonly MessageRecord[];
}

/** Reads a message to its end. The error says what is wrong. Never throws, whatever it is given. */
export function decodeMessage(bytes: Uint8Array): Result<Message, string> {
  return readMessage(new WireReader(bytes));
}

/** The same from a reader, whose steps tell what it has cost. */
export function readMessage(reader: WireReader): Result<Message, string> {
  const [id, flags] = [reader.u16(), reader.u16()];
  const [questions, answers, authorities, additionals] = [reader.u16(), reader.u16(), reader.u16(), reader.u16()];
  const message = {
    id,
    flags,
    questions: readAll(reader, questions, readQuestion),
    answer: readAll(reader, answers, readRecord),
    authority: readAll(reader, authorities, readRecord),
    additional: readAll(reader, additionals, readRecord),
  };
  if (reader.left > 0) reader.fail(`${reader.left} bytes past the end`);
  return reader.fault === null ? ok(message) : err(reader.fault);
}

/** Counts in a header are not believed: what is cut off ends the reading. */
function readAll<T>(reader: WireReader, count: number, readOne: (reader: WireReader) => T): T[] {
  const all: T[] = [];
  for (let i = 0; i < count && reader.fault === null; i++) all.push(readOne(reader));
  return all;
}

const readQuestion = (reader: WireReader) => ({ name: reader.name(), type: reader.u16(), class: reader.u16() });

function readRecord(reader: WireReader): MessageRecord {
  const head = { ...readQuestion(reader), ttl: reader.u32() };
  return { ...head, rdata: readRdata(reader, head.type, reader.u16()) };
}
