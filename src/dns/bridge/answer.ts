import { CLIENT_SUBNET, COOKIE } from "../edns.ts";
import type { Query } from "../query.ts";
import { NOERROR, NXDOMAIN } from "../rcode.ts";
import { OPT, SOA } from "../record-type.ts";
import { WireReader } from "../wire/reader.ts";

/** Where a record lies in an answer. */
export interface RecordSpan {
  readonly start: number;
  readonly type: number;
  /** Of the four bytes of the TTL; in an OPT record, of the upper bits of the response code and the flags. */
  readonly ttlAt: number;
  readonly ttl: number;
  readonly data: Uint8Array;
  readonly end: number;
}

/** An option of an OPT record (RFC 6891, section 6.1.2). */
export interface EdnsOption {
  readonly code: number;
  readonly value: Uint8Array;
}

/** What the Worker has answered, ready to be given to clients. Names are passed over: only places and times change. */
export interface Answer {
  /** Without the OPT record. */
  readonly bytes: Uint8Array;
  /** The second 16 bits of the header. */
  readonly flags: number;
  /** All 12 bits. */
  readonly rcode: number;
  readonly questionEnd: number;
  /** Of answer, authority and additional, in this order. */
  readonly records: readonly RecordSpan[];
  readonly answers: number;
  readonly authorities: number;
  /** On how many leading bits of the client's address it depends. */
  readonly scopePrefix: number;
  /** The shortest of its records; 0 where it has none, since nobody says how long that holds. */
  readonly ttlSeconds: number;
  /** Those that are for clients. */
  readonly options: readonly EdnsOption[];
}

/** Of what clients are told in different measure. */
export type AnswerKind = "records" | "nothing" | "error";

const HEADER_BYTES = 12;
const QR = 0x8000;

/** `null` where it is no answer to the query. */
export function readAnswer(bytes: Uint8Array, { question }: Query): Answer | null {
  const reader = new WireReader(bytes);
  reader.u16();
  const flags = reader.u16();
  const questions = reader.u16();
  const [answers, authorities, additionals] = [reader.u16(), reader.u16(), reader.u16()];
  const name = reader.name();
  const isAnswer = (flags & QR) !== 0 && questions === 1 && name === question.name && reader.u16() === question.type;
  if (!isAnswer || reader.u16() !== question.class) return null;
  const questionEnd = reader.at;
  // A name by a pointer could be as long, and then the client's letters would not go over it.
  if (questionEnd !== HEADER_BYTES + question.asked.length + 4) return null;
  const spans: RecordSpan[] = [];
  for (let i = answers + authorities + additionals; i > 0 && reader.fault === null; i--) spans.push(readSpan(reader));
  const opts = spans.filter(({ type }) => type === OPT);
  const [opt] = opts;
  // Cutting it out must move no other record, since names point at places.
  const isLast = opts.length === 0 || (opts.length === 1 && opt === spans.at(-1));
  const options = readOptions(opt?.data ?? new Uint8Array());
  if (reader.fault !== null || reader.left > 0 || !isLast || options === null) return null;
  const records = opt === undefined ? spans : spans.slice(0, -1);
  return {
    bytes: bytes.slice(0, opt?.start ?? bytes.length),
    flags,
    rcode: (((opt?.ttl ?? 0) >>> 24) << 4) | (flags & 0xf),
    questionEnd,
    records,
    answers,
    authorities,
    scopePrefix: options.find(({ code }) => code === CLIENT_SUBNET)?.value[3] ?? 0,
    ttlSeconds: records.length === 0 ? 0 : Math.min(...records.map(({ ttl }) => ttl)),
    options: options.filter(({ code }) => code !== CLIENT_SUBNET && code !== COOKIE),
  };
}

export function kindOf({ rcode, answers, authorities, records }: Answer): AnswerKind {
  if (rcode !== NOERROR) return rcode === NXDOMAIN ? "nothing" : "error";
  // A referral has its records in authority too, though never an SOA.
  const isDenial = answers === 0 && (authorities === 0 || records.some(({ type }) => type === SOA));
  return isDenial ? "nothing" : "records";
}

function readSpan(reader: WireReader): RecordSpan {
  const start = reader.at;
  reader.skipName();
  const type = reader.u16();
  reader.u16();
  const ttlAt = reader.at;
  const ttl = reader.u32();
  const data = reader.take(reader.u16());
  return { start, type, ttlAt, ttl, data: type === OPT ? data.slice() : NO_DATA, end: reader.at };
}

/** The data of other records is in the answer's bytes, and nobody asks for it apart. */
const NO_DATA = new Uint8Array();

function readOptions(data: Uint8Array): readonly EdnsOption[] | null {
  const reader = new WireReader(data);
  const options: EdnsOption[] = [];
  while (reader.left > 0) options.push({ code: reader.u16(), value: reader.take(reader.u16()) });
  return reader.fault === null ? options : null;
}
