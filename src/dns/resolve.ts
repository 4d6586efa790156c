import type { Rdata, RecordSet } from "./record-set.ts";

/** What of a record set one client gets. */
export interface Resolved {
  /** In the order in which they are sent; none is NODATA. */
  readonly values: readonly Rdata[];
  /** Seconds. */
  readonly ttl: number;
  /** On how many leading bits of the client's address this depends (RFC 7871, section 7.2.1); 0 when on none. */
  readonly scopePrefix: number;
}

/** Steering, and the order of values: the caller knows the client, from the query's subnet or its connection. */
export type Resolve = (set: RecordSet) => Resolved;

/** Names that one answer passes through. Resolvers follow some 10 to 16. */
export const MAX_CHAIN = 8;
