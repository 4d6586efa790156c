import type { ResponseEdns } from "./edns.ts";
import type { Name } from "./name.ts";
import type { QueryHead, Question } from "./query.ts";
import type { Rcode } from "./rcode.ts";
import type { Rdata } from "./record-set.ts";
import type { RecordType } from "./record-type.ts";

/** Records of one name and type in a response. */
export interface Rrset {
  readonly name: Name;
  readonly type: RecordType;
  /** Seconds. */
  readonly ttl: number;
  readonly values: readonly Rdata[];
  /** The apex of the zone that answers for it; `null` for delegations and glue, which nobody signs (RFC 4035, section 2.2). */
  readonly zone: Name | null;
}

/** That something is not there, as DNSSEC has to prove it. */
export interface Denial {
  readonly zone: Name;
  /** The last name of the chain of CNAMEs, or the cut of a delegation without DS. */
  readonly name: Name;
  /** The types that are at the name, or at the wildcard that stands for it; none at an empty non-terminal. */
  readonly types: readonly RecordType[];
  /** False for NXDOMAIN. */
  readonly exists: boolean;
  /** Seconds, as of a negative answer (RFC 2308, section 5). */
  readonly ttl: number;
}

export interface Response {
  readonly head: QueryHead;
  /** `null` when none could be read. */
  readonly question: Question | null;
  readonly rcode: Rcode;
  readonly authoritative: boolean;
  readonly answer: readonly Rrset[];
  readonly authority: readonly Rrset[];
  readonly additional: readonly Rrset[];
  readonly denial: Denial | null;
  /** `null` when the query had no OPT. */
  readonly edns: ResponseEdns | null;
}
