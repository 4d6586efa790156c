/** Where a record lies in a message: from its owner's name to the end of its data. */
export interface RecordSpan {
  readonly start: number;
  readonly type: number;
  /** The requestor's payload size in an OPT record. */
  readonly class: number;
  /** Of the four bytes of the TTL; in an OPT record, of the extended RCODE, the version and the flags. */
  readonly ttlAt: number;
  readonly dataStart: number;
  readonly end: number;
}

/** Where the parts of a DNS message lie in its bytes (RFC 1035, section 4.1). Names are passed over, not read. */
export interface MessageMap {
  readonly id: number;
  /** The second 16 bits of the header. */
  readonly flags: number;
  /** The question, which begins after the header; both are the header's end where there is none. */
  readonly question: { readonly nameEnd: number; readonly end: number };
  /** Of answer, authority and additional, in this order. */
  readonly records: readonly RecordSpan[];
  readonly answers: number;
  readonly authorities: number;
}

export const HEADER_BYTES = 12;
/** RFC 1035, section 3.1. */
const MAX_NAME_BYTES = 255;
const MAX_LABEL_BYTES = 63;
/** Of a question after its name: type and class. */
const QUESTION_TAIL_BYTES = 4;
/** Of a record between its name and its data: type, class, TTL, length. */
const RECORD_HEAD_BYTES = 10;
/** A message of 64 KB has no room for many more. */
const MAX_RECORDS = 4096;

export const QR = 0x8000;
export const TC = 0x0200;
export const RD = 0x0100;
export const CD = 0x0010;
export const OPT = 41;

/** `null` for what is no message, or has more than one question (RFC 9619). Bytes after the last record are none either. */
export function mapMessage(bytes: Uint8Array): MessageMap | null {
  if (bytes.length < HEADER_BYTES) return null;
  const questions = read16(bytes, 4);
  const answers = read16(bytes, 6);
  const authorities = read16(bytes, 8);
  const total = answers + authorities + read16(bytes, 10);
  if (questions > 1 || total > MAX_RECORDS) return null;
  let at = HEADER_BYTES;
  let nameEnd = at;
  if (questions === 1) {
    nameEnd = passName(bytes, at, false);
    at = nameEnd + QUESTION_TAIL_BYTES;
    if (nameEnd < 0 || at > bytes.length) return null;
  }
  const question = { nameEnd, end: at };
  const records: RecordSpan[] = [];
  for (let i = 0; i < total; i++) {
    const span = mapRecord(bytes, at);
    if (span === null) return null;
    records.push(span);
    at = span.end;
  }
  if (at !== bytes.length) return null;
  return { id: read16(bytes, 0), flags: read16(bytes, 2), question, records, answers, authorities };
}

function mapRecord(bytes: Uint8Array, start: number): RecordSpan | null {
  const head = passName(bytes, start, true);
  const dataStart = head + RECORD_HEAD_BYTES;
  if (head < 0 || dataStart > bytes.length) return null;
  const end = dataStart + read16(bytes, head + 8);
  if (end > bytes.length) return null;
  return { start, type: read16(bytes, head), class: read16(bytes, head + 2), ttlAt: head + 4, dataStart, end };
}

/** Where a name ends; -1 where it is none. A pointer ends a name wherever it points, so that none can be followed forever. */
function passName(bytes: Uint8Array, start: number, mayPoint: boolean): number {
  for (let at = start; ; ) {
    const length = bytes[at];
    if (length === undefined) return -1;
    if (length === 0) return at + 1;
    if (length >= 0xc0) return mayPoint && at + 1 < bytes.length ? at + 2 : -1;
    if (length > MAX_LABEL_BYTES) return -1;
    at += length + 1;
    if (at - start >= MAX_NAME_BYTES) return -1;
  }
}

export const read16 = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

export const read32 = (bytes: Uint8Array, at: number): number =>
  ((read16(bytes, at) << 16) | read16(bytes, at + 2)) >>> 0;

export function write16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

export function write32(bytes: Uint8Array, at: number, value: number): void {
  write16(bytes, at, value >>> 16);
  write16(bytes, at + 2, value & 0xffff);
}
