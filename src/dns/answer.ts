import type { Query } from "./query.ts";
import type { Rdata, RecordSet } from "./record-set.ts";
import type { Response } from "./response.ts";
import type { Zones } from "./zone.ts";

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

export interface AnswerOptions {
  /** The COOKIE option of the response, when the query had one and it is answered here. */
  readonly cookie: Uint8Array | null;
}

export declare function answer(zones: Zones, query: Query, resolve: Resolve, options?: AnswerOptions): Response;
