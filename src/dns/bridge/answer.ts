import type { ClientQuery } from "./client-query.ts";
import { CLIENT_SUBNET, COOKIE, type EdnsOption, readOptions } from "./edns-option.ts";
import { HEADER_BYTES, type MessageMap, mapMessage, OPT, QR, type RecordSpan, read32 } from "./message-map.ts";
import { readScope } from "./subnet.ts";

/** What the Worker has answered, ready to be given to clients. */
export interface Answer {
  /** Without its OPT record. */
  readonly bytes: Uint8Array;
  readonly map: MessageMap;
  /** Of the header's 4 bits and the 8 of the OPT record. */
  readonly rcode: number;
  /** SCOPE PREFIX-LENGTH; 0 where the answer does not depend on the client. */
  readonly scope: number;
  /** The shortest of its records; 0 where it has none, since nobody says how long that holds. */
  readonly ttlSeconds: number;
  /** Those that are for clients. */
  readonly options: readonly EdnsOption[];
}

/** What clients are told in different measure. */
export type AnswerKind = "records" | "nothing" | "error";

export const NXDOMAIN = 3;

/** `null` where it is no answer to the query. */
export function readAnswer(bytes: Uint8Array, query: ClientQuery): Answer | null {
  const map = mapMessage(bytes);
  if (map === null || (map.flags & QR) === 0 || !answersTo(bytes, map, query)) return null;
  const opts = map.records.filter(({ type }) => type === OPT);
  const [opt] = opts;
  // Cutting it out must move no other record, since names point at places.
  if (opts.length > 1 || (opt !== undefined && opt !== map.records.at(-1))) return null;
  const options = opt === undefined ? [] : readOptions(bytes.subarray(opt.dataStart, opt.end));
  if (options === null) return null;
  const records = opt === undefined ? map.records : map.records.slice(0, -1);
  const subnet = options.find(({ code }) => code === CLIENT_SUBNET);
  const extended = opt === undefined ? 0 : (bytes[opt.ttlAt] ?? 0);
  return {
    bytes: bytes.slice(0, opt?.start ?? bytes.length),
    map: { ...map, records },
    rcode: (extended << 4) | (map.flags & 0xf),
    scope: subnet === undefined ? 0 : readScope(subnet.value),
    ttlSeconds: shortest(bytes, records),
    options: options
      .filter(({ code }) => code !== CLIENT_SUBNET && code !== COOKIE)
      .map(({ code, value }) => ({ code, value: value.slice() })),
  };
}

export function kindOf({ rcode, map }: Answer): AnswerKind {
  if (rcode === NXDOMAIN) return "nothing";
  if (rcode !== 0) return "error";
  // A referral has its records in authority, and is no denial for it; those have an SOA there.
  const authority = map.records.slice(0, map.authorities);
  const isDenial = map.answers === 0 && (map.authorities === 0 || authority.some(({ type }) => type === SOA));
  return isDenial ? "nothing" : "records";
}

const SOA = 6;

function answersTo(bytes: Uint8Array, { question }: MessageMap, query: ClientQuery): boolean {
  if (question.end - HEADER_BYTES !== query.question.length) return false;
  for (let i = 0; i < query.question.length; i++) {
    if (lower(bytes[HEADER_BYTES + i] ?? 0) !== lower(query.question[i] ?? 0)) return false;
  }
  return true;
}

const lower = (byte: number) => (byte >= 65 && byte <= 90 ? byte + 32 : byte);

/** RFC 2181, section 8: a TTL with the top bit set is 0. */
function shortest(bytes: Uint8Array, records: readonly RecordSpan[]): number {
  if (records.length === 0) return 0;
  const ttls = records.map(({ ttlAt }) => read32(bytes, ttlAt)).map((ttl) => (ttl > 0x7fffffff ? 0 : ttl));
  return Math.min(...ttls);
}
