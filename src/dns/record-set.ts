import type { Name } from "./name.ts";
import type { RecordType } from "./record-type.ts";

/**
 * What one record says, as it is on the wire without compression. Names in it are lower case, so that these are also
 * the bytes that DNSSEC signs (RFC 4034, section 6.2).
 */
export type Rdata = Uint8Array;

/** All records of an owner and a type (RFC 2181, section 5). The owner may be a wildcard. */
export interface RecordSet {
  readonly owner: Name;
  readonly type: RecordType;
  /** Seconds, 0 to 2³¹ − 1 (RFC 2181, section 8). */
  readonly ttl: number;
  /** All that it may answer. Which of them a client gets, and in which order, the caller of `answer` says. */
  readonly values: readonly Rdata[];
}

export const MAX_TTL_SECONDS = 2 ** 31 - 1;
